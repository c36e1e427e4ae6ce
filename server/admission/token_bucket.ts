/**
 * So many a second, and a second's worth at once.
 *
 * @module
 */

import type { Clock } from "@tun/protocol";

/** A bucket that refills with time. */
export class TokenBucket {
  readonly #clock: Clock;
  #perSecond: number;
  #burst: number;
  #tokens: number;
  #filledAt: number;

  /** Makes a full bucket; `burst` is a second's worth unless it is said. */
  constructor(clock: Clock, perSecond: number, burst: number = Math.max(1, perSecond)) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#filledAt = clock.now();
  }

  /** Takes one token: 0, or the milliseconds until there will be one. */
  take(): number {
    this.#fill();
    if (this.#tokens >= 1) {
      this.#tokens--;
      return 0;
    }
    return Math.max(1, Math.ceil((1 - this.#tokens) / this.#perSecond * 1000));
  }

  /** What is in the bucket stays, as far as the new one holds it. */
  setRate(perSecond: number): void {
    this.#fill();
    this.#perSecond = perSecond;
    this.#burst = Math.max(1, perSecond);
    this.#tokens = Math.min(this.#tokens, this.#burst);
  }

  #fill(): void {
    const now = this.#clock.now();
    const gained = (now - this.#filledAt) / 1000 * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#filledAt = now;
  }
}
