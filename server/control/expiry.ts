/**
 * Watches for the moment in which a right ends, and warns before.
 *
 * @module
 */

import type { Clock, Timer } from "@tun/protocol";

/** The warning comes this long before the end. */
const WARN_BEFORE_MS = 60_000;

/** Clocks on the wall are set, and machines are put to sleep: so often at least it is looked. */
const LONGEST_TIMER_MS = 10 * 60_000;

/** Who is told. */
export interface ExpiryUser {
  /** The end is near. */
  onWarning(inMs: number): void;
  /** The end is here. */
  onExpired(): void;
}

/** A deadline on the wall clock that can be moved. */
export class Expiry implements Disposable {
  readonly #clock: Clock;
  readonly #wallTime: () => number;
  readonly #user: ExpiryUser;
  #at = Infinity;
  #isWarned = false;
  #timer: Timer | undefined;

  /** Watches for nothing yet. */
  constructor(
    { clock, wallTime }: { readonly clock: Clock; readonly wallTime: () => number },
    user: ExpiryUser,
  ) {
    this.#clock = clock;
    this.#wallTime = wallTime;
    this.#user = user;
  }

  /** From now on the end is at `at`, in milliseconds since 1970. */
  set(at: number): void {
    this.#at = at;
    this.#isWarned = false;
    this.#look();
  }

  /** Watches for nothing any more. */
  [Symbol.dispose](): void {
    this.#at = Infinity;
    this.#timer?.cancel();
  }

  #look(): void {
    this.#timer?.cancel();
    const left = this.#at - this.#wallTime();
    if (left === Infinity) return;
    if (left <= 0) return this.#user.onExpired();
    if (left <= WARN_BEFORE_MS && !this.#isWarned) {
      this.#isWarned = true;
      this.#user.onWarning(Math.ceil(left));
    }
    const next = left > WARN_BEFORE_MS ? left - WARN_BEFORE_MS : left;
    this.#timer = this.#clock.schedule(Math.min(next, LONGEST_TIMER_MS), () => this.#look());
  }
}
