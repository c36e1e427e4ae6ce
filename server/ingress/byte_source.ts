/**
 * A visitor's bytes, read one piece at a time and never further ahead than that:
 * what has not been used stays, and nothing more is read until it is. That is the
 * back-pressure, also for requests that are sent before they are their turn.
 *
 * @module
 */

import { listenTo, type ReadListener, type Transport } from "@tun/protocol";

const NOTHING = new Uint8Array(0);

const MORE = Promise.resolve(true);
const NO_MORE = Promise.resolve(false);

/** Who is told of bytes without a promise for it. Must not throw. */
export interface SourceListener {
  /** There are bytes in hand, or no more will come. */
  onMore(): void;
}

/** Reads from a transport with one piece in hand. */
export class ByteSource implements ReadListener {
  readonly #transport: Transport;
  readonly #onEnd: (() => void) | undefined;
  #piece: Uint8Array = NOTHING;
  #isReading = false;
  #listener: SourceListener | undefined;
  #waiter: PromiseWithResolvers<boolean> | undefined;
  #ended = false;
  #failure: unknown;

  /** Starts with nothing in hand; `onEnd` is called once nothing more will be read. */
  constructor(transport: Transport, onEnd?: () => void) {
    this.#transport = transport;
    this.#onEnd = onEnd;
  }

  /** The bytes in hand; valid until more are asked for with none left. */
  get piece(): Uint8Array {
    return this.#piece;
  }

  /** Whether there are bytes in hand, or will be no more. */
  get isReady(): boolean {
    return this.#piece.length > 0 || this.#ended;
  }

  /** Why no more will come, if the visitor has not simply ended its side. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Takes note that the first `bytes` of the piece are used. */
  use(bytes: number): void {
    this.#piece = bytes === this.#piece.length ? NOTHING : this.#piece.subarray(bytes);
  }

  /** Reads, if nothing is in hand: if only to see whether the visitor is still there. */
  look(): void {
    if (this.#isReading || this.isReady) return;
    this.#isReading = true;
    listenTo(this.#transport, this);
  }

  /** Tells `listener`, once, when {@linkcode isReady}: not before, but perhaps during this call. */
  listen(listener: SourceListener): void {
    if (this.isReady) return listener.onMore();
    this.#listener = listener;
    this.look();
  }

  /**
   * Resolves with true once there are bytes in hand, and with false when no more will
   * come; then {@linkcode failure} says if something went wrong. Never rejects. May be
   * called again while it is pending.
   */
  more(): Promise<boolean> {
    if (this.#piece.length > 0) return MORE;
    if (this.#ended) return NO_MORE;
    this.#waiter ??= Promise.withResolvers();
    this.look();
    return this.#waiter.promise;
  }

  /** For the transport. */
  onBytes(piece: Uint8Array | null): void {
    this.#isReading = false;
    if (piece !== null) {
      this.#piece = piece;
    } else {
      this.#ended = true;
      this.#onEnd?.();
    }
    this.#wake();
  }

  /** For the transport. */
  onBroken(error: unknown): void {
    this.#failure = error;
    this.onBytes(null);
  }

  #wake(): void {
    const listener = this.#listener;
    const waiter = this.#waiter;
    this.#listener = this.#waiter = undefined;
    waiter?.resolve(this.#piece.length > 0);
    listener?.onMore();
  }
}
