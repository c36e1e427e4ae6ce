/**
 * Numbers as people type them: whole ones, and times.
 *
 * @module
 */

/** A day: a longer timeout is a typing error. */
export const MAX_SECONDS = 86_400;

/** Reads whole decimal numbers only, so that `0x10`, `1e3` and ` 5` are mistakes. */
export function integerIn(text: string, min: number, max: number): number | undefined {
  if (!/^\d{1,15}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}

/** Reads `25`, `2.5`, `25s`, `500ms` or `2m` as milliseconds. */
export function millisecondsOf(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h)?$/.exec(text);
  if (match === null) return undefined;
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match[2] ?? "s"]!;
  const value = Math.round(Number(match[1]) * unit);
  return value > 0 && value <= MAX_SECONDS * 1000 ? value : undefined;
}
