/**
 * Small arrays of bytes, cut from common sheets. To the runtime every array with memory of
 * its own is an allocation, a registration and, later, a job for another thread: 1.2 µs for
 * the few hundred bytes of a head, where a cut takes 0.06 (`small_bytes_bench.ts`). A
 * request needs about ten of them on its way.
 *
 * @module
 */

/** One array that lives long keeps its whole sheet: as much as a connection's read buffers. */
const SHEET_BYTES = 8 * 1024;

/** What is larger gets memory of its own, so that little of a sheet is wasted. */
const MOST_CUT_BYTES = 1024;

let sheet = new ArrayBuffer(SHEET_BYTES);
let used = 0;

/** Gives an array of zeros. */
export function allocateBytes(size: number): Uint8Array<ArrayBuffer> {
  if (size > MOST_CUT_BYTES) return new Uint8Array(size);
  if (used + size > SHEET_BYTES) {
    sheet = new ArrayBuffer(SHEET_BYTES);
    used = 0;
  }
  const bytes = new Uint8Array(sheet, used, size);
  used += size;
  return bytes;
}

/** Copies the bytes from `start` to `end`. */
export function copyBytes(
  bytes: Uint8Array,
  start = 0,
  end: number = bytes.length,
): Uint8Array<ArrayBuffer> {
  const size = end - start;
  if (size > MOST_CUT_BYTES) return bytes.slice(start, end) as Uint8Array<ArrayBuffer>;
  const copy = allocateBytes(size);
  copy.set(size === bytes.length ? bytes : bytes.subarray(start, end));
  return copy;
}
