/**
 * Numbers as people type them: whole ones, times, amounts of bytes.
 *
 * @module
 */

/** Reads whole decimal numbers only, so that `0x10`, `1e3` and ` 5` are mistakes. */
export function integerIn(text: string, min: number, max: number): number | undefined {
  if (!/^\d{1,15}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}

const TIME_UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Reads `25`, `2.5`, `25s`, `500ms`, `2m`, `24h` or `90d`, at most `max`, as milliseconds. */
export function millisecondsOf(text: string, max: number): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|d)?$/.exec(text);
  if (match === null) return undefined;
  const unit = TIME_UNITS[(match[2] ?? "s") as keyof typeof TIME_UNITS];
  const value = Math.round(Number(match[1]) * unit);
  return value > 0 && value <= max ? value : undefined;
}

const BYTE_UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Reads `1048576`, `10MB` (a million each) or `5MiB` (2^20 each); `10M` could be either. */
export function bytesOf(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,6})?) ?([a-z]{0,3})$/i.exec(text);
  const unit = BYTE_UNITS[match?.[2]?.toLowerCase() || "b"];
  if (match === null || unit === undefined) return undefined;
  const value = Number(match[1]) * unit;
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
