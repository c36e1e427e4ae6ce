/**
 * The `-c` of a tunnel: so many requests at once, and a bounded queue before them.
 *
 * A busy tunnel has somebody waiting with every request, so waiting costs one object in a
 * chain, and one timer watches the whole queue: who waits longest is late first.
 *
 * @module
 */

import type { Clock, Timer } from "@tun/protocol";
import type { Places, PlaceWait } from "./route.ts";

/** More do not wait: a visitor is told at once that it is hopeless. */
const MOST_WAITING = 1024;

/** A number of places, first come first served. */
export class BoundedPlaces implements Places {
  readonly #clock: Clock;
  #free: number;
  #first: Waiter | undefined;
  #last: Waiter | undefined;
  #waiting = 0;
  #timer: Timer | undefined;

  /** Makes `count` free places. */
  constructor(count: number, clock: Clock) {
    this.#free = count;
    this.#clock = clock;
  }

  get isFull(): boolean {
    return this.#free <= 0;
  }

  tryTake(): boolean {
    if (this.#free <= 0) return false;
    this.#free--;
    return true;
  }

  wait(ms: number, onSettled: (hasPlace: boolean) => void): PlaceWait | undefined {
    if (this.#waiting >= MOST_WAITING) return undefined;
    const waiter = new Waiter(this.#clock.now() + ms, this.#remove, onSettled);
    const before = this.#last;
    waiter.before = before;
    if (before === undefined) this.#first = waiter;
    else before.behind = waiter;
    this.#last = waiter;
    this.#waiting++;
    this.#timer ??= this.#clock.schedule(ms, () => this.#sweep());
    return waiter;
  }

  give(): void {
    if (this.#first === undefined) this.#free++;
    else this.#first.settle(true);
  }

  // A field, so that waiting makes no closure.
  readonly #remove = (waiter: Waiter): void => {
    const { before, behind } = waiter;
    // Who keeps a wait that is over must not keep all that came later.
    waiter.before = waiter.behind = undefined;
    if (before === undefined) this.#first = behind;
    else before.behind = behind;
    if (behind === undefined) this.#last = before;
    else behind.before = before;
    this.#waiting--;
    if (this.#waiting > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  };

  #sweep(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    while (this.#first !== undefined && this.#first.lateAt <= now) this.#first.settle(false);
    if (this.#first === undefined) return;
    this.#timer = this.#clock.schedule(this.#first.lateAt - now, () => this.#sweep());
  }
}

/** Somebody who waits, between who came before and who came after. */
class Waiter implements PlaceWait {
  readonly lateAt: number;
  before: Waiter | undefined;
  behind: Waiter | undefined;
  readonly #remove: (waiter: Waiter) => void;
  #onSettled: ((hasPlace: boolean) => void) | undefined;

  constructor(
    lateAt: number,
    remove: (waiter: Waiter) => void,
    onSettled: (hasPlace: boolean) => void,
  ) {
    this.lateAt = lateAt;
    this.#remove = remove;
    this.#onSettled = onSettled;
  }

  leave(): void {
    this.settle(false);
  }

  settle(hasPlace: boolean): void {
    const onSettled = this.#onSettled;
    if (onSettled === undefined) return;
    this.#onSettled = undefined;
    this.#remove(this);
    onSettled(hasPlace);
  }
}
