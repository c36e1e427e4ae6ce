/**
 * The masking of RFC 6455, 5.3: every byte xor one of four key bytes in turn.
 *
 * @module
 */

const keyBytes = new Uint8Array(4);
const keyWord = new Uint32Array(keyBytes.buffer);

/**
 * Masks, or unmasks, `bytes` where they are.
 *
 * `phase` is how many bytes of the same frame came before, so that a payload
 * may arrive in pieces. Four bytes are done at a time as soon as the memory is
 * aligned: the word is put together in memory order, so the result is the same
 * on a machine of either byte order.
 */
export function applyMask(bytes: Uint8Array, key: Uint8Array, phase = 0): void {
  const length = bytes.length;
  let i = 0;
  const unaligned = Math.min((4 - (bytes.byteOffset & 3)) & 3, length);
  for (; i < unaligned; i++) bytes[i]! ^= key[(phase + i) & 3]!;

  const words = (length - i) >>> 2;
  if (words > 0) {
    for (let k = 0; k < 4; k++) keyBytes[k] = key[(phase + i + k) & 3]!;
    const word = keyWord[0]!;
    const view = new Uint32Array(bytes.buffer, bytes.byteOffset + i, words);
    for (let w = 0; w < words; w++) view[w]! ^= word;
    i += words * 4;
  }
  for (; i < length; i++) bytes[i]! ^= key[(phase + i) & 3]!;
}
