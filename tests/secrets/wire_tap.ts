/**
 * A relay that keeps what passes, for the secrets that programs make themselves.
 *
 * @module
 */

/** Between a client and a server that talk in clear. */
export class WireTap implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.Conn>();
  readonly #tasks: Promise<void>[] = [];
  #passed = "";

  /** Relays to a port of this machine. */
  constructor(port: number) {
    this.#tasks.push(this.#accept(port));
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** What passed in either direction, a character a byte. */
  get passed(): string {
    return this.#passed;
  }

  /** Breaks every connection. */
  cut(): void {
    for (const conn of this.#open) conn.close();
    this.#open.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.cut();
    await Promise.all(this.#tasks);
  }

  async #accept(port: number): Promise<void> {
    for await (const near of this.#listener) {
      const far = await Deno.connect({ hostname: "127.0.0.1", port });
      for (const conn of [near, far]) this.#open.add(conn);
      this.#tasks.push(this.#pump(near, far), this.#pump(far, near));
    }
  }

  async #pump(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(16 * 1024);
    try {
      for (;;) {
        const size = await from.read(buffer);
        if (size === null) break;
        const bytes = buffer.slice(0, size);
        this.#passed += String.fromCharCode(...bytes);
        for (let at = 0; at < size;) at += await to.write(bytes.subarray(at));
      }
    } catch {
      // It was cut.
    }
    for (const conn of [from, to]) if (this.#open.delete(conn)) conn.close();
  }
}
