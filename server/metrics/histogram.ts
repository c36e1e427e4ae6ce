/**
 * How long things take: counts in buckets that are fixed from the start.
 *
 * @module
 */

import type { Metric, MetricTitle, Sample } from "./metric.ts";

/**
 * Upper bounds in milliseconds. They double or so from what a loopback takes to what an
 * app takes that is about to time out (25 s), so a quantile is off by half at most.
 */
const DURATION_BOUNDS_MS: readonly number[] = [
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
  25,
  50,
  100,
  250,
  500,
  1_000,
  2_500,
  5_000,
  10_000,
  30_000,
];

/** Counts durations, given in milliseconds and shown in seconds. */
export class Histogram implements Metric {
  readonly name: string;
  readonly help: string;
  readonly type = "histogram";
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  /** Starts empty. */
  constructor({ name, help }: MetricTitle, boundsMs: readonly number[] = DURATION_BOUNDS_MS) {
    this.name = name;
    this.help = help;
    this.#bounds = boundsMs;
    this.#counts = new Array<number>(boundsMs.length + 1).fill(0);
  }

  /** Counts one that took `ms`. */
  observe(ms: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && ms > bounds[bucket]!) bucket++;
    this.#counts[bucket]!++;
    this.#sum += ms;
  }

  *samples(): Generator<Sample, void, undefined> {
    let total = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      total += count;
      const bound = this.#bounds[bucket];
      const le = bound === undefined ? "+Inf" : String(bound / 1000);
      yield { suffix: "_bucket", labels: [["le", le]], value: total };
    }
    yield { suffix: "_sum", value: this.#sum / 1000 };
    yield { suffix: "_count", value: total };
  }
}
