/**
 * A TCP relay on loopback that lets bytes through at a fixed rate: the slow line
 * in front of somebody's laptop.
 *
 * @module
 */

/** Small reads, so that back-pressure is felt as a router's short queue would make it felt. */
const READ_BYTES = 4096;

/** Bytes that may pass at once after a pause; timers are no finer than a millisecond. */
const BURST_BYTES = 16 * 1024;

/** A relay to one port, for one connection. */
export class PacedRelay implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #conns: Deno.Conn[] = [];
  readonly #running: Promise<void>;

  /** Starts to listen; both directions of the connection are paced. */
  constructor(toPort: number, bytesPerSecond: number) {
    this.#running = this.#run(toPort, bytesPerSecond);
  }

  /** Where to connect. */
  get port(): number {
    return this.#listener.addr.port;
  }

  async #run(toPort: number, bytesPerSecond: number): Promise<void> {
    const near = await this.#listener.accept();
    const far = await Deno.connect({ hostname: "127.0.0.1", port: toPort });
    for (const conn of [near, far]) conn.setNoDelay(true);
    this.#conns.push(near, far);
    await Promise.all([pace(near, far, bytesPerSecond), pace(far, near, bytesPerSecond)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.#conns) conn.close();
    await this.#running.catch(() => {});
  }
}

async function pace(from: Deno.Conn, to: Deno.Conn, bytesPerSecond: number): Promise<void> {
  const buffer = new Uint8Array(READ_BYTES);
  let freeAt = performance.now();
  try {
    for (let size = await from.read(buffer); size !== null; size = await from.read(buffer)) {
      const now = performance.now();
      const burstMs = BURST_BYTES * 1000 / bytesPerSecond;
      freeAt = Math.max(freeAt, now - burstMs) + size * 1000 / bytesPerSecond;
      if (freeAt > now) await new Promise((resolve) => setTimeout(resolve, freeAt - now));
      for (let done = 0; done < size;) done += await to.write(buffer.subarray(done, size));
    }
    await to.closeWrite();
  } catch {
    // One side has closed; the session above notices by itself.
  }
}
