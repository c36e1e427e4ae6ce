/**
 * A budget for things that cost a peer nothing to send and us something to
 * handle: pings, resets, empty frames. An honest peer never gets near it.
 *
 * @module
 */

/** A bucket of tokens that refills with time. */
export class Allowance {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #at: number;

  /** Starts full. */
  constructor(burst: number, perSecond: number, now: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#left = burst;
    this.#at = now;
  }

  /** Takes one; false when the peer has used up what it may do. */
  take(now: number): boolean {
    const refill = (now - this.#at) / 1000 * this.#perSecond;
    this.#left = Math.min(this.#burst, this.#left + refill);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
