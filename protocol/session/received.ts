/**
 * Copies of what came in, in memory that their reader can give back. Large ones are
 * most of what a fast reader would otherwise leave to the garbage collector.
 *
 * @module
 */

import { borrowBuffer, returnBuffer } from "../transport/buffer_pool.ts";

/** Less is cheaper to allocate than to keep account of. */
const LEAST_BLOCK_BYTES = 16 * 1024;
const BLOCK_BYTES = 64 * 1024;

/** All of one read of the transport, for streams whose window is accounted for as larger. */
const LARGE_BLOCK_BYTES = 256 * 1024;

/** The memory that is out, so that nothing is given back twice, or that was not ours. */
const out = new WeakMap<ArrayBufferLike, Uint8Array>();

/** Memory for `size` bytes or more, for a stream with that window: never more than it. */
export function allocateReceived(size: number, window: number): Uint8Array {
  if (size <= LEAST_BLOCK_BYTES || size > BLOCK_BYTES) return new Uint8Array(size);
  const block = borrowBuffer(window >= LARGE_BLOCK_BYTES ? LARGE_BLOCK_BYTES : BLOCK_BYTES);
  out.set(block.buffer, block);
  return block;
}

/** Takes the memory of a copy back, if it is worth keeping. */
export function recycleReceived(copy: Uint8Array): void {
  const block = out.get(copy.buffer);
  if (block === undefined) return;
  out.delete(copy.buffer);
  returnBuffer(block);
}
