/**
 * Medians and how far apart the rounds were.
 *
 * @module
 */

/** The middle of some numbers, and the least and the most of them. */
export interface Summary {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Sums up at least one number. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >>> 1;
  const median = sorted.length % 2 === 1
    ? sorted[middle]!
    : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, least: sorted[0]!, most: sorted.at(-1)! };
}

/** The middle of at least one number. */
export function median(values: readonly number[]): number {
  return summarize(values).median;
}
