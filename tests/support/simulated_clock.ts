/**
 * Time that passes only when a test says so, or as fast as the work allows.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { Clock, Timer } from "../../protocol/clock.ts";
import { realWorkPending } from "./simulated_work.ts";

class SimulatedTimer implements Timer {
  constructor(
    readonly due: number,
    readonly callback: () => void,
    readonly remove: (timer: SimulatedTimer) => void,
  ) {}

  cancel(): void {
    this.remove(this);
  }

  [Symbol.dispose](): void {
    this.cancel();
  }
}

/**
 * Virtual time runs away while real work does not, so nothing here may wait for
 * a socket, a file or a process. What `crypto.subtle` does is waited for.
 */
const REAL_WORK_LIMIT_MS = 10_000;

/** An hour: whoever is not done by then in a simulation will not be. */
const DEFAULT_LIMIT_MS = 60 * 60 * 1000;

/** A {@linkcode Clock} for tests, which starts at 0. */
export class SimulatedClock implements Clock {
  #now = 0;
  /** Ascending by time; timers of the same time in the order they were made. */
  readonly #timers: SimulatedTimer[] = [];

  now(): number {
    return this.#now;
  }

  schedule(ms: number, callback: () => void): Timer {
    const timer = new SimulatedTimer(
      this.#now + Math.max(0, ms),
      callback,
      (gone) => this.#remove(gone),
    );
    this.#timers.splice(this.#firstAfter(timer.due), 0, timer);
    return timer;
  }

  /** How many timers are waiting: a test that leaves some has leaked them. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** Lets `ms` milliseconds pass, with every timer at its time and all work done in between. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await drain();
    for (let next = this.#timers[0]; next && next.due <= target; next = this.#timers[0]) {
      this.#fire(next);
      await drain();
    }
    this.#now = target;
  }

  /**
   * Lets time pass, as fast as the work allows, until `promise` settles, and
   * gives its value. Time stands at the moment in which it did.
   *
   * @throws {Error} Nothing is scheduled and the promise is still pending, or
   * `limitMs` of virtual time have passed.
   */
  async runUntil<T>(promise: Promise<T>, limitMs: number = DEFAULT_LIMIT_MS): Promise<T> {
    const limit = this.#now + limitMs;
    let settled = false;
    const settle = () => {
      settled = true;
    };
    promise.then(settle, settle);
    for (;;) {
      await drain();
      if (settled) return await promise;
      const next = this.#timers[0];
      if (next === undefined) {
        throw new Error(`The promise can never settle: nothing is scheduled at ${this.#now} ms`);
      }
      if (next.due > limit) {
        throw new Error(`The promise has not settled in ${limitMs} ms of simulated time`);
      }
      this.#fire(next);
    }
  }

  #fire(timer: SimulatedTimer): void {
    this.#timers.shift();
    this.#now = Math.max(this.#now, timer.due);
    timer.callback();
  }

  /** The index of the first timer that is due after `due`. */
  #firstAfter(due: number): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#timers[middle]!.due <= due) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #remove(timer: SimulatedTimer): void {
    // Those of the same time stand together, right before the first of a later one.
    for (let i = this.#firstAfter(timer.due) - 1; i >= 0; i--) {
      if (this.#timers[i] === timer) {
        this.#timers.splice(i, 1);
        return;
      }
      if (this.#timers[i]!.due < timer.due) return;
    }
  }
}

/**
 * Waits until everything that promises alone can bring about has happened: a
 * turn of the event loop comes only after the last microtask, however long the
 * chain. Work on other threads is counted and waited for.
 */
async function drain(): Promise<void> {
  await turn();
  if (realWorkPending() === 0) return;
  const deadline = performance.now() + REAL_WORK_LIMIT_MS;
  while (realWorkPending() > 0) {
    if (performance.now() > deadline) throw new Error("Real work did not end in a simulation");
    await turn();
  }
  await drain();
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
