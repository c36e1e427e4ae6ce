/**
 * Whether the peer acknowledges early: before it has to.
 *
 * A peer may wait for 128 KiB. Were it given less, it would wait for more, and we for it, until
 * its timer ends that. So an end gives less only to a peer that has been seen not to wait.
 *
 * @module
 */

/** An acknowledgement of so many bytes, while more was to be sent, that nothing took along. */
const EARLY_BYTES = 64 * 1024;

/** So many more early ones than late ones are enough. */
const ENOUGH = 8;

/** A late one takes back so many: they are rare, but who is always late never gets there. */
const LATE_TAKES_BACK = 4;

/** Watches how one peer acknowledges. */
export class EarlyPeer {
  #score = 0;

  /** True once it is known. */
  get isKnown(): boolean {
    return this.#score >= ENOUGH;
  }

  /** It has acknowledged `bytes` more, alone. */
  onLone(bytes: number): void {
    this.#score = bytes <= EARLY_BYTES
      ? Math.min(this.#score + 1, 2 * ENOUGH)
      : Math.max(this.#score - LATE_TAKES_BACK, 0);
  }
}
