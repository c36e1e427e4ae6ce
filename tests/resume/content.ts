/**
 * Bytes that are known by their offset, cheap enough for hundreds of megabytes.
 *
 * @module
 */

/** A prime, so that no block, buffer or power of two falls in step with it. */
const PERIOD = 65_521;

/** The most that {@linkcode contentAt} gives at once. */
const MOST_BYTES: number = 256 * 1024;

const PATTERN: Uint8Array = (() => {
  const pattern = new Uint8Array(PERIOD + MOST_BYTES);
  let state = 1;
  for (let i = 0; i < pattern.length; i++) {
    state = Math.imul(state, 0x0019_660d) + 0x3c6e_f35f | 0;
    pattern[i] = i < PERIOD ? state >>> 24 : pattern[i - PERIOD]!;
  }
  return pattern;
})();

/** The stream's bytes from `offset`; shared memory, to be read only. */
export function contentAt(offset: number, length: number): Uint8Array {
  const at = offset % PERIOD;
  return PATTERN.subarray(at, at + Math.min(length, MOST_BYTES));
}

/**
 * Compares what came in at `offset` with what should have.
 *
 * @throws {Error} At the first byte that is wrong.
 */
export function checkContent(offset: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    const expected = contentAt(offset + done, bytes.length - done);
    for (let i = 0; i < expected.length; i++) {
      if (bytes[done + i] !== expected[i]) throw new Error(`Wrong byte at ${offset + done + i}`);
    }
    done += expected.length;
  }
}
