/**
 * A connection that never complains: whatever the server does to it is counted. It comes from
 * an address that is not the well-behaved visitor's.
 *
 * @module
 */

import { connect, type Socket } from "node:net";
import { count, type Tally } from "./attack.ts";

/** All of 127/8 leads to this machine; the visitor is 127.0.0.1. */
const ATTACKER_ADDRESS = "127.0.0.66";

/** One connection of an attacker. */
export class AttackerSocket implements Disposable {
  readonly #socket: Socket;
  readonly #tally: Tally;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #closed: Promise<false>;
  #isOver = false;

  private constructor(socket: Socket, tally: Tally) {
    this.#socket = socket;
    this.#tally = tally;
    this.#chunks = socket[Symbol.asyncIterator]();
    this.#closed = new Promise((resolve) => socket.once("close", () => resolve(false)));
  }

  /** Connects, or says `undefined` if that was refused. */
  static async open(port: number, tally: Tally): Promise<AttackerSocket | undefined> {
    const socket = connect({ host: "127.0.0.1", port, localAddress: ATTACKER_ADDRESS });
    // Failures are seen by who reads or writes.
    socket.on("error", () => {});
    const { promise, resolve } = Promise.withResolvers<boolean>();
    socket.once("connect", () => resolve(true)).once("close", () => resolve(false));
    if (await promise) {
      socket.setNoDelay();
      count(tally, "connected");
      return new AttackerSocket(socket, tally);
    }
    count(tally, "refused");
    return undefined;
  }

  /** True once the server has hung up. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Sends all of it; false if the server has hung up. */
  async send(data: string | Uint8Array): Promise<boolean> {
    if (this.#isOver) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#socket.write(data, (error) => resolve(!error));
    return await Promise.race([promise, this.#closed]) || this.#end();
  }

  /** What comes next as text, or `undefined` at the end. */
  async receive(): Promise<string | undefined> {
    try {
      const { value, done } = await this.#chunks.next();
      if (!done) return new TextDecoder().decode(value);
    } catch {
      // Reset: an end like any other.
    }
    this.#end();
    return undefined;
  }

  /** Reads on until the server hangs up. */
  async watch(): Promise<void> {
    while (await this.receive() !== undefined);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #end(): false {
    if (!this.#isOver) count(this.#tally, "cut by the server");
    this.#isOver = true;
    return false;
  }
}
