/**
 * A visitor's bytes, read one piece at a time and never further ahead than that:
 * what has not been used stays, and nothing more is read until it is. That is the
 * back-pressure, also for requests that are sent before they are their turn.
 *
 * @module
 */

import type { Transport } from "@tun/protocol";

const NOTHING = new Uint8Array(0);

const MORE = Promise.resolve(true);
const NO_MORE = Promise.resolve(false);

/** Reads from a transport with one piece in hand. */
export class ByteSource {
  readonly #transport: Transport;
  readonly #onEnd: (() => void) | undefined;
  #piece: Uint8Array = NOTHING;
  #pending: Promise<boolean> | undefined;
  #ended = false;
  #failure: unknown;

  /** Starts with nothing in hand; `onEnd` is called once nothing more will be read. */
  constructor(transport: Transport, onEnd?: () => void) {
    this.#transport = transport;
    this.#onEnd = onEnd;
  }

  /** The bytes in hand; valid until {@linkcode more} is called with none left. */
  get piece(): Uint8Array {
    return this.#piece;
  }

  /** Why no more will come, if the visitor has not simply ended its side. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Takes note that the first `bytes` of the piece are used. */
  use(bytes: number): void {
    this.#piece = bytes === this.#piece.length ? NOTHING : this.#piece.subarray(bytes);
  }

  /**
   * Resolves with true once there are bytes in hand, and with false when no more will
   * come; then {@linkcode failure} says if something went wrong. Never rejects, so
   * that it can be called only to look whether the visitor is still there. May be
   * called again while it is pending.
   */
  more(): Promise<boolean> {
    if (this.#piece.length > 0) return MORE;
    if (this.#ended) return NO_MORE;
    return this.#pending ??= this.#transport.read().then(this.#onRead, this.#onFailed);
  }

  // Fields, so that no closure is made for each read.
  readonly #onRead = (piece: Uint8Array | null): boolean => {
    this.#pending = undefined;
    if (piece !== null) {
      this.#piece = piece;
      return true;
    }
    this.#ended = true;
    this.#onEnd?.();
    return false;
  };

  readonly #onFailed = (error: unknown): boolean => {
    this.#failure = error;
    return this.#onRead(null);
  };
}
