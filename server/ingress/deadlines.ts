/**
 * Many deadlines, one timer. A request would need three timers of its own, and
 * move them with every byte; here it writes a number, and a sweep four times a
 * second looks who is late.
 *
 * @module
 */

import type { Clock, Timer } from "@tun/protocol";

/** How often the sweep looks: a deadline is met with this much delay at most. */
export const SWEEP_MS = 250;

/** Something that must not take for ever. */
export interface Deadlined {
  /** Called with each sweep: it is `now`, and the last sweep was `elapsed` milliseconds ago. */
  onSweep(now: number, elapsed: number): void;
}

/** Watches deadlines. */
export class Deadlines implements Disposable {
  readonly #clock: Clock;
  readonly #watched = new Set<Deadlined>();
  #timer: Timer | undefined;
  /** In whole milliseconds: other numbers would be an object for everybody who is watched. */
  #now: number;
  #elapsed = 0;

  /** Makes a watch with nothing to watch, and no timer. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#now = Math.floor(clock.now());
  }

  /** The time, as of the last sweep: good enough for a deadline, and free. */
  get now(): number {
    return this.#now;
  }

  /** How many are watched. */
  get size(): number {
    return this.#watched.size;
  }

  /** Watches something until it is given to {@linkcode remove}. */
  add(one: Deadlined): void {
    this.#watched.add(one);
    if (this.#timer !== undefined) return;
    this.#now = Math.floor(this.#clock.now());
    this.#schedule();
  }

  /** Watches it no more. */
  remove(one: Deadlined): void {
    this.#watched.delete(one);
  }

  /** Watches nothing any more. */
  [Symbol.dispose](): void {
    this.#watched.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** A field, so that ten thousand who wait cost no object in a sweep. */
  readonly #look = (one: Deadlined): void => one.onSweep(this.#now, this.#elapsed);

  #schedule(): void {
    this.#timer = this.#clock.schedule(SWEEP_MS, () => this.#sweep());
  }

  #sweep(): void {
    const before = this.#now;
    this.#now = Math.floor(this.#clock.now());
    this.#elapsed = this.#now - before;
    this.#watched.forEach(this.#look);
    if (this.#watched.size > 0) this.#schedule();
    else this.#timer = undefined;
  }
}
