/**
 * One line for a problem, not one for each request that meets it.
 *
 * @module
 */

import type { Clock } from "@tun/protocol";
import type { TunEvent } from "../events.ts";
import type { AppProblem } from "./app_problem.ts";

/** A page makes dozens of requests; a person who looks again after this wants to know again. */
const REPEAT_AFTER_MS = 5_000;

/** Reports problems with the app. */
export class ProblemLog {
  readonly #report: (event: TunEvent) => void;
  readonly #clock: Clock;
  readonly #label: string | undefined;
  #last = "";
  #lastAt = -Infinity;

  /** Makes a log for the tunnel that the config file calls `label`. */
  constructor(report: (event: TunEvent) => void, clock: Clock, label: string | undefined) {
    this.#report = report;
    this.#clock = clock;
    this.#label = label;
  }

  /** Reports a problem, unless the same was reported a moment ago. */
  add({ code, message }: AppProblem): void {
    const now = this.#clock.now();
    if (message === this.#last && now - this.#lastAt < REPEAT_AFTER_MS) return;
    this.#last = message;
    this.#lastAt = now;
    const tunnel = this.#label === undefined ? {} : { tunnel: this.#label };
    this.#report({ event: "error", code, message, ...tunnel });
  }
}
