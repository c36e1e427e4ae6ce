/**
 * Copies of what came in, in memory that their reader can give back. Large ones are
 * most of what a fast reader would otherwise leave to the garbage collector.
 *
 * @module
 */

import { copyBytes } from "../small_bytes.ts";
import { borrowBuffer, returnBuffer } from "../transport/buffer_pool.ts";

/** Less is cheaper to allocate than to keep account of. */
const LEAST_BLOCK_BYTES = 16 * 1024;
const BLOCK_BYTES = 64 * 1024;

/** The memory that is out, so that nothing is given back twice, or that was not ours. */
const out = new WeakMap<ArrayBufferLike, Uint8Array>();

/** Memory for `size` bytes or more. */
export function allocateReceived(size: number): Uint8Array {
  if (size <= LEAST_BLOCK_BYTES || size > BLOCK_BYTES) return new Uint8Array(size);
  const block = borrowBuffer(BLOCK_BYTES);
  out.set(block.buffer, block);
  return block;
}

/** A copy of `piece`. */
export function copyReceived(piece: Uint8Array): Uint8Array {
  if (piece.length <= LEAST_BLOCK_BYTES) return copyBytes(piece);
  const memory = allocateReceived(piece.length);
  memory.set(piece);
  return memory.subarray(0, piece.length);
}

/** Takes the memory of a copy back, if it is worth keeping. */
export function recycleReceived(copy: Uint8Array): void {
  const block = out.get(copy.buffer);
  if (block === undefined) return;
  out.delete(copy.buffer);
  returnBuffer(block);
}
