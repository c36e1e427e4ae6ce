/**
 * Percentiles of what a generator has timed.
 *
 * @module
 */

/** The middle, and what one of a hundred exceeds; in the unit that was recorded. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/**
 * Takes them by the nearest rank.
 *
 * @throws {RangeError} If nothing was recorded.
 */
export function percentilesOf(values: readonly number[]): Percentiles {
  if (values.length === 0) throw new RangeError("Cannot take percentiles: nothing was recorded");
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
  return { p50: at(0.5), p99: at(0.99) };
}
