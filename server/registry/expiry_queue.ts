/**
 * Things that all last equally long, and one timer for the first of them.
 *
 * Because the time is the same for all, the order of adding is the order of
 * ending: no heap, no timer for each of 100,000 names.
 *
 * @module
 */

import type { Clock, Timer } from "@tun/protocol";

/** Calls back for each item, `lifeMs` after it was added. */
export class ExpiryQueue<Item> implements Disposable {
  readonly #clock: Clock;
  readonly #lifeMs: number;
  readonly #onExpired: (item: Item) => void;
  readonly #ends = new Map<Item, number>();
  #timer: Timer | null = null;
  #disposed = false;

  /** Makes an empty queue. */
  constructor(clock: Clock, lifeMs: number, onExpired: (item: Item) => void) {
    this.#clock = clock;
    this.#lifeMs = lifeMs;
    this.#onExpired = onExpired;
  }

  /** Adds `item`, at the end if it was there already, and says when it will end. */
  add(item: Item): number {
    const end = this.#clock.now() + this.#lifeMs;
    this.#ends.delete(item);
    this.#ends.set(item, end);
    this.#arm();
    return end;
  }

  /** Takes `item` out. */
  delete(item: Item): void {
    this.#ends.delete(item);
  }

  /** Calls back for all whose time is over, also when the timer is late. */
  sweep(): void {
    const now = this.#clock.now();
    for (const [item, end] of this.#ends) {
      if (end > now) return;
      this.#ends.delete(item);
      this.#onExpired(item);
    }
  }

  /** Stops the timer for good. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** A timer that is set stays: at worst it fires for an item that has left. */
  #arm(): void {
    if (this.#timer !== null || this.#disposed) return;
    const [next] = this.#ends.values();
    if (next === undefined) return;
    this.#timer = this.#clock.schedule(Math.max(0, next - this.#clock.now()), () => {
      this.#timer = null;
      this.sweep();
      this.#arm();
    });
  }
}
