/**
 * Copies of what came in, in memory that their reader can give back. Large ones are
 * most of what a fast reader would otherwise leave to the garbage collector.
 *
 * @module
 */

import { borrowBuffer, returnBuffer } from "../transport/buffer_pool.ts";

/** Less is cheaper to allocate than to keep account of. */
const LEAST_PIECE_BYTES = 4 * 1024;

/** A body of some KiB, of which there can be thousands in a second. */
const SMALL_BLOCK_BYTES = 16 * 1024;
const BLOCK_BYTES = 64 * 1024;

/** All of one read of the transport, for streams whose window is accounted for as larger. */
const LARGE_BLOCK_BYTES = 256 * 1024;

/** The memory that is out, so that nothing is given back twice, or that was not ours. */
const out = new WeakMap<ArrayBufferLike, Uint8Array>();

/** Memory for `size` bytes or more, for a stream with that window: never more than it. */
export function allocateReceived(size: number, window: number): Uint8Array {
  const bytes = blockBytes(size, window);
  if (bytes < size || bytes > window) return new Uint8Array(size);
  const block = borrowBuffer(bytes);
  out.set(block.buffer, block);
  return block;
}

function blockBytes(size: number, window: number): number {
  if (size <= LEAST_PIECE_BYTES) return 0;
  if (size <= SMALL_BLOCK_BYTES) return SMALL_BLOCK_BYTES;
  return window >= LARGE_BLOCK_BYTES ? LARGE_BLOCK_BYTES : BLOCK_BYTES;
}

/** Takes the memory of a copy back, if it is worth keeping. */
export function recycleReceived(copy: Uint8Array): void {
  const block = out.get(copy.buffer);
  if (block === undefined) return;
  out.delete(copy.buffer);
  returnBuffer(block);
}
