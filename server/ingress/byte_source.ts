/**
 * A visitor's bytes, read one piece at a time and never further ahead than that:
 * what has not been used stays, and nothing more is read until it is. That is the
 * back-pressure, also for requests that are sent before they are their turn.
 *
 * @module
 */

import type { Transport } from "@tun/protocol";

const NOTHING = new Uint8Array(0);

/** Reads from a transport with one piece in hand. */
export class ByteSource {
  readonly #transport: Transport;
  #piece: Uint8Array = NOTHING;
  #pending: Promise<boolean> | undefined;
  #ended = false;

  /** Starts with nothing in hand. */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The bytes in hand; valid until {@linkcode more} is called with none left. */
  get piece(): Uint8Array {
    return this.#piece;
  }

  /** True once the visitor has ended its side and everything was used. */
  get isEnded(): boolean {
    return this.#ended && this.#piece.length === 0;
  }

  /** Takes note that the first `bytes` of the piece are used. */
  use(bytes: number): void {
    this.#piece = bytes === this.#piece.length ? NOTHING : this.#piece.subarray(bytes);
  }

  /**
   * Resolves with true once there are bytes in hand, and with false at the end.
   * May be called again while it is pending.
   *
   * @throws {TransportError} If the visitor is gone.
   */
  more(): Promise<boolean> {
    if (this.#piece.length > 0) return Promise.resolve(true);
    if (this.#ended) return Promise.resolve(false);
    return this.#pending ??= this.#transport.read().then(this.#onRead, this.#onFailed);
  }

  // Fields, so that no closure is made for each read.
  readonly #onRead = (piece: Uint8Array | null): boolean => {
    this.#pending = undefined;
    if (piece === null) this.#ended = true;
    else this.#piece = piece;
    return piece !== null;
  };

  readonly #onFailed = (error: unknown): never => {
    this.#pending = undefined;
    throw error;
  };
}
