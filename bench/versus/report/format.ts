/**
 * Numbers for people.
 *
 * @module
 */

/** Three digits that count, or whole thousands with commas; `-` for what was not measured. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "-";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en-US");
  const digits = Math.min(3, Math.max(0, 2 - Math.floor(Math.log10(size))));
  return value.toFixed(digits);
}
