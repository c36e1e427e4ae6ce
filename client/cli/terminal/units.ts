/**
 * Amounts for people.
 *
 * @module
 */

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** `512 B`, `1.2 kB`, `34 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let amount = bytes;
  let unit = 0;
  // 999.5 would be shown as 1000.
  while (amount >= 999.5 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit++;
  }
  const text = unit > 0 && amount < 9.95 ? amount.toFixed(1) : amount.toFixed(0);
  return `${text} ${UNITS[unit]}`;
}

/** `12 ms`, `1.2 s`, `3m05s`. */
export function formatMs(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}
