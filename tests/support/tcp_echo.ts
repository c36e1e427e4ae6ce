/**
 * An app that sends back what it gets, and ends when its visitor does.
 *
 * @module
 */

/** Listens on a port of its own until it is disposed of and its visitors have left. */
export class TcpEcho implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #done: Promise<void> = this.#serve();

  /** Where it listens. */
  get port(): number {
    return this.#listener.addr.port;
  }

  async #serve(): Promise<void> {
    for await (const conn of this.#listener) await conn.readable.pipeTo(conn.writable);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#done;
  }
}
