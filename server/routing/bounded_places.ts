/**
 * The `-c` of a tunnel: so many requests at once, and a bounded queue before them.
 *
 * @module
 */

import type { Clock } from "@tun/protocol";
import type { Places } from "./route.ts";

/** More do not wait: a visitor is told at once that it is hopeless. */
const MOST_WAITING = 1024;

/** A number of places, first come first served. */
export class BoundedPlaces implements Places {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #free: number;

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

  wait(ms: number, signal: AbortSignal): Promise<boolean> {
    if (this.#waiting.size >= MOST_WAITING || signal.aborted) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const settle = (hasPlace: boolean) => {
      this.#waiting.delete(takePlace);
      timer.cancel();
      signal.removeEventListener("abort", leave);
      resolve(hasPlace);
    };
    const takePlace = () => settle(true);
    const leave = () => settle(false);
    const timer = this.#clock.schedule(ms, leave);
    signal.addEventListener("abort", leave);
    this.#waiting.add(takePlace);
    return promise;
  }

  give(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free++;
    else next();
  }
}
