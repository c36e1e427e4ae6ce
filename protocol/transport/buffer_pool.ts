/**
 * Large read and write buffers that are used again instead of being made, and
 * zeroed, for every burst of bytes. One small pool serves the whole process.
 *
 * @module
 */

/**
 * Size of a buffer, and how many of it are kept while nobody uses them: 5.25 MiB
 * in all, enough for the few connections that are busy in the same moment. Who
 * needs more at once gets fresh ones, which are then left to the collector.
 */
const CLASSES: readonly { readonly size: number; readonly kept: number; free: Uint8Array[] }[] = [
  { size: 16 * 1024, kept: 16, free: [] },
  { size: 32 * 1024, kept: 32, free: [] },
  { size: 64 * 1024, kept: 32, free: [] },
  { size: 256 * 1024, kept: 8, free: [] },
];

/** The sizes that {@linkcode borrowBuffer} knows, ascending. */
export const BUFFER_SIZES: readonly number[] = CLASSES.map(({ size }) => size);

/** Gives a buffer of one of the {@linkcode BUFFER_SIZES}. What is in it is anybody's. */
export function borrowBuffer(size: number): Uint8Array {
  return CLASSES.find((entry) => entry.size === size)?.free.pop() ?? new Uint8Array(size);
}

/**
 * Takes a buffer back. Only who is sure that nothing reads or writes it any
 * more may do that: an operation that was cut short is no such proof, and its
 * buffer is simply forgotten.
 */
export function returnBuffer(buffer: Uint8Array): void {
  const entry = CLASSES.find(({ size }) => size === buffer.length);
  if (entry !== undefined && entry.free.length < entry.kept) entry.free.push(buffer);
}
