/**
 * Bytes as text, one character a byte, as HTTP is: nothing is lost or replaced.
 *
 * @module
 */

/** Up to here a loop is faster than a view and a call with that many arguments. */
const SHORT_TEXT = 32;

/** `apply` takes its arguments on the stack; targets may be 64 KiB. */
const CHARACTERS_AT_ONCE = 4096;

/** Reads the bytes from `start` to `end`. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  let at = start;
  if (end - start > SHORT_TEXT) {
    for (; at < end; at += CHARACTERS_AT_ONCE) {
      const piece = bytes.subarray(at, Math.min(end, at + CHARACTERS_AT_ONCE));
      text += String.fromCharCode.apply(null, piece as unknown as number[]);
    }
    return text;
  }
  for (; at + 4 <= end; at += 4) {
    text += String.fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!);
  }
  for (; at < end; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}
