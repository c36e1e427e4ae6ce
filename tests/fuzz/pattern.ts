/**
 * Content that can be made and checked at any offset without being kept.
 *
 * @module
 */

import { claim } from "./target.ts";

/** A prime, so that nothing that is cut at a power of two falls into step with it. */
const PERIOD = 251;
const MOST_BYTES = 256 * 1024;
const CONTENT = Uint8Array.from({ length: PERIOD + MOST_BYTES }, (_, i) => i % PERIOD);

/** The bytes of a stream of content from `offset` on; a view that nobody may write to. */
export function contentAt(salt: number, offset: number, length: number): Uint8Array {
  const phase = (salt + offset) % PERIOD;
  return CONTENT.subarray(phase, phase + Math.min(length, MOST_BYTES));
}

/** Fails unless `piece` is what stands at `offset`. */
export function checkContent(salt: number, offset: number, piece: Uint8Array, where: string): void {
  const phase = (salt + offset) % PERIOD;
  for (let i = 0; i < piece.length; i++) {
    if (piece[i] !== CONTENT[phase + i]) {
      claim(false, `${where}: byte ${offset + i} is ${piece[i]} and not ${CONTENT[phase + i]}`);
    }
  }
}
