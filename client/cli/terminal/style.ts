/**
 * Colours, or none.
 *
 * @module
 */

/** The few ways in which text may stand out. */
export type Tone = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Makes text stand out. */
export type Paint = (tone: Tone, text: string) => string;

const CODES: Readonly<Record<Tone, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** Leaves the text alone. */
export const noPaint: Paint = (_tone, text) => text;

/** Colours by SGR sequences. */
export const ansiPaint: Paint = (tone, text) => {
  const [on, off] = CODES[tone];
  return text === "" ? "" : `\x1b[${on}m${text}\x1b[${off}m`;
};

/** The tone of a response's status. */
export function statusTone(status: number): Tone {
  if (status >= 500 || status === 0) return "red";
  if (status >= 400) return "yellow";
  return status >= 300 ? "cyan" : "green";
}
