/**
 * The bytes of HTTP: which may stand where, and how they become text.
 *
 * @module
 */

export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const DQUOTE = 0x22;
export const ASTERISK = 0x2a;
export const COMMA = 0x2c;
export const SLASH = 0x2f;
export const ZERO = 0x30;
export const NINE = 0x39;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const EQUALS = 0x3d;
export const QUESTION = 0x3f;
export const BACKSLASH = 0x5c;
export const UNDERSCORE = 0x5f;

function table(allowed: (octet: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, octet) => allowed(octet) ? 1 : 0);
}

function isAlphanumeric(octet: number): boolean {
  return (octet >= ZERO && octet <= NINE) ||
    ((octet | 0x20) >= 0x61 && (octet | 0x20) <= 0x7a && octet >= 0x41);
}

const TOKEN_MARKS: ReadonlySet<number> = new Set(
  [..."!#$%&'*+-.^_`|~"].map((mark) => mark.charCodeAt(0)),
);

/** 1 for a byte of a token: a method, the name of a field, a list member. */
export const TOKEN: Uint8Array = table((octet) => isAlphanumeric(octet) || TOKEN_MARKS.has(octet));

/** 1 for a byte of a field value or reason phrase: HTAB, SP, visible, or above 0x7f. */
export const FIELD_VALUE: Uint8Array = table((octet) =>
  octet === HTAB || (octet >= SP && octet !== 0x7f)
);

/**
 * 1 for a byte of a request target: visible ASCII but `#`.
 *
 * RFC 3986 forbids more (`"<>\^{|}` and the backtick), but browsers send some
 * of them, every server hands them on as they are, and none of them moves a
 * boundary. A fragment is another matter: some servers cut it off and some do
 * not, so two of them disagree about the path. Raw bytes above 0x7f are what
 * llhttp refuses too.
 */
export const TARGET: Uint8Array = table((octet) => octet > SP && octet < 0x7f && octet !== 0x23);

/** The value of a hexadecimal digit, or 255. */
export const HEX: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) => {
  if (octet >= ZERO && octet <= NINE) return octet - ZERO;
  const lower = octet | 0x20;
  return octet >= 0x41 && lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : 255;
});

export { latin1 } from "../latin1.ts";

/**
 * Writes text as one byte a character and gives the position after it.
 *
 * @throws {RangeError} If a character is above U+00FF.
 */
export function writeLatin1(text: string, target: Uint8Array, at: number): number {
  const { length } = text;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) {
      throw new RangeError(`Cannot write U+${code.toString(16)} as one byte`);
    }
    target[at + i] = code;
  }
  return at + length;
}

/** Text as one byte a character. */
export function encodeLatin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  writeLatin1(text, bytes, 0);
  return bytes;
}

/** The first position from `start` on that is not SP or HTAB. */
export function skipBlanks(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] === SP || bytes[at] === HTAB)) at++;
  return at;
}

/** The position after the last byte before `end` that is not SP or HTAB. */
export function trimBlanks(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && (bytes[at - 1] === SP || bytes[at - 1] === HTAB)) at--;
  return at;
}

/** True if the bytes are `word` (lower-case ASCII), whatever their case. */
export function equalsWord(
  bytes: Uint8Array,
  start: number,
  end: number,
  word: Uint8Array,
): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) {
    let octet = bytes[start + i]!;
    if (octet >= 0x41 && octet <= 0x5a) octet |= 0x20;
    if (octet !== word[i]) return false;
  }
  return true;
}
