/**
 * Base32 in lower case with Crockford's alphabet: no `i`, `l`, `o` and `u`, so
 * nothing can be misread on a phone, and hardly any English word has the shape
 * of a random name.
 *
 * @module
 */

/** The 32 digits, in order of value. */
export const BASE32_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** Encodes `bytes`; the last digit is filled up with zero bits, there is no padding. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let pending = 0;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32_ALPHABET.charAt((pending >>> bits) & 31);
    }
    pending &= (1 << bits) - 1;
  }
  if (bits > 0) text += BASE32_ALPHABET.charAt((pending << (5 - bits)) & 31);
  return text;
}
