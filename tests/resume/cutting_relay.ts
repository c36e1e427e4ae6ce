/**
 * A bad network on loopback: passes TCP connections on and breaks each of them
 * after so many bytes, wherever in a record or a frame that may be.
 *
 * @module
 */

/** Passes connections on to a port of this machine. */
export class CuttingRelay implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #target: number;
  readonly #nextCut: () => number;
  readonly #running = new Set<Promise<unknown>>();
  readonly #open = new Set<Deno.Conn>();
  #cuts = 0;

  /** `nextCut` says after how many bytes, both ways together, the next connection breaks. */
  constructor(target: number, nextCut: () => number) {
    this.#target = target;
    this.#nextCut = nextCut;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#run(this.#accept());
  }

  /** Where to connect to. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Connections that were broken. */
  get cuts(): number {
    return this.#cuts;
  }

  #run(work: Promise<unknown>): void {
    const guarded = work.catch(() => {}).finally(() => this.#running.delete(guarded));
    this.#running.add(guarded);
  }

  async #accept(): Promise<void> {
    for await (const near of this.#listener) {
      near.setNoDelay(true);
      this.#run(this.#join(near));
    }
  }

  async #join(near: Deno.Conn): Promise<void> {
    const budget = { left: this.#nextCut() };
    const ends = [near];
    this.#open.add(near);
    const end = () => {
      for (const conn of ends) {
        if (this.#open.delete(conn)) conn.close();
      }
    };
    try {
      const far = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
      far.setNoDelay(true);
      ends.push(far);
      this.#open.add(far);
      await Promise.race([this.#pass(near, far, budget), this.#pass(far, near, budget)]);
      if (budget.left === 0) this.#cuts++;
    } finally {
      end();
    }
  }

  /** Returns as soon as the connection is to be broken, or was ended. */
  async #pass(from: Deno.Conn, to: Deno.Conn, budget: { left: number }): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    for (let size = await from.read(buffer); size !== null; size = await from.read(buffer)) {
      const passed = Math.min(size, budget.left);
      budget.left -= passed;
      for (let at = 0; at < passed;) at += await to.write(buffer.subarray(at, passed));
      if (budget.left === 0) return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.#open) conn.close();
    this.#open.clear();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
