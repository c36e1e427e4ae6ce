/**
 * Tells of connections and requests that were turned away: a flood of them must not become a flood of
 * lines.
 *
 * @module
 */

import type { Clock } from "@tun/protocol";

/** The first is told at once, those that follow together, with the first one after this time. */
const TOGETHER_MS = 10_000;

/** Gathers by reason. */
export class CapReports<Reason extends string> {
  readonly #clock: Clock;
  readonly #report: (reason: Reason, count: number) => void;
  readonly #pending = new Map<Reason, { count: number; toldAt: number }>();

  /** Has nothing to tell yet. */
  constructor(clock: Clock, report: (reason: Reason, count: number) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  /** One more. */
  add(reason: Reason): void {
    const now = this.#clock.now();
    const entry = this.#pending.get(reason) ?? { count: 0, toldAt: -Infinity };
    this.#pending.set(reason, entry);
    entry.count++;
    if (now - entry.toldAt < TOGETHER_MS) return;
    this.#report(reason, entry.count);
    entry.count = 0;
    entry.toldAt = now;
  }
}
