/**
 * Text of strangers on a terminal: made harmless, measured and cut.
 *
 * @module
 */

/**
 * Controls (C0, DEL, C1) move the cursor or worse; separators break lines; bidirectional marks and
 * tag characters show one thing and mean another; a lone surrogate is no character.
 */
const HARMFUL =
  /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Cs}/gu;

const ASCII = /^[ -~]*$/;

/** Plain ASCII, which nearly all text is: harmless, and a column a character. */
function isAscii(text: string): boolean {
  return ASCII.test(text);
}

/** The text with everything harmful spelled out, such as `\x1b`. */
export function printable(text: string): string {
  if (isAscii(text)) return text;
  return text.replace(HARMFUL, (character) => {
    const code = character.codePointAt(0)!.toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u{${code}}`;
  });
}

// `@std/cli/unicode-width` knows every character, but its table is missing from the npm build that
// stands in for JSR; scripts and emoji presentation are close enough for columns.
const WIDE =
  /^(?:[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Yi}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|.\ufe0f)/u;
const NOTHING = /^\p{M}+$/u;

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

function graphemes(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function graphemeWidth(grapheme: string): number {
  return WIDE.test(grapheme) ? 2 : NOTHING.test(grapheme) ? 0 : 1;
}

/** The columns that printable text takes. */
export function textWidth(text: string): number {
  if (isAscii(text)) return text.length;
  return graphemes(text).reduce((sum, grapheme) => sum + graphemeWidth(grapheme), 0);
}

function takeWidth(parts: readonly string[], width: number): string[] {
  const taken: string[] = [];
  let used = 0;
  for (const part of parts) {
    used += graphemeWidth(part);
    if (used > width) break;
    taken.push(part);
  }
  return taken;
}

/** At most `width` columns; what is too long loses its middle, since both ends of a path tell more. */
export function fit(text: string, width: number): string {
  if (width <= 0) return "";
  // No visible text of this many columns needs more; a path of a megabyte is not segmented whole.
  const half = width * 8;
  const short = text.length > 2 * half ? text.slice(0, half) + text.slice(-half) : text;
  if (short === text && textWidth(text) <= width) return text;
  const parts = graphemes(short);
  const tail = takeWidth(parts.toReversed(), Math.floor((width - 1) / 3)).reverse();
  const head = takeWidth(parts, width - 1 - textWidth(tail.join("")));
  return `${head.join("")}…${tail.join("")}`;
}

/** Exactly `width` columns, cut or filled with spaces on the right. */
export function cell(text: string, width: number): string {
  const fitted = fit(text, width);
  return fitted + " ".repeat(Math.max(0, width - textWidth(fitted)));
}

/** Exactly `width` columns, cut or filled with spaces on the left. */
export function rightCell(text: string, width: number): string {
  const fitted = fit(text, width);
  return " ".repeat(Math.max(0, width - textWidth(fitted))) + fitted;
}

/** Lines of at most `width` columns that join to the text: for what must be copied whole. */
export function chunks(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = graphemes(text);
  while (rest.length > 0) {
    const line = takeWidth(rest, Math.max(2, width));
    lines.push(line.join(""));
    rest = rest.slice(line.length);
  }
  return lines;
}
