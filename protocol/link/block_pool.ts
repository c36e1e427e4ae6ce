/**
 * Memory for bytes that wait for an acknowledgement, under one budget for the
 * whole process.
 *
 * A link takes a block when it has something to send and gives it back once all
 * of it is acknowledged, so an idle link holds none, however many there are.
 * There are two sizes, because most links only ever send a few hundred bytes at
 * a time and a few send as fast as they can.
 *
 * @module
 */

import { PULL_BYTES } from "../limits.ts";
import { HEADROOM_BYTES } from "./record.ts";

/** Bytes of a small block; enough for the requests of one turn. */
export const SMALL_BLOCK_BYTES: number = 16 * 1024;

/** Bytes of a large block: one full pull and the room before it. */
export const LARGE_BLOCK_BYTES: number = PULL_BYTES + HEADROOM_BYTES;

/** How a pool is bounded. */
export interface BlockPoolOptions {
  /**
   * Bytes lent out at once. Beyond it a link gets one small block at a time, so
   * that all of them keep moving. @default {268435456}
   */
  readonly budget?: number;
  /** Bytes of returned blocks that are kept for the next taker. @default {8388608} */
  readonly spare?: number;
}

/** Lends blocks of memory and counts them. */
export class BlockPool {
  readonly #budget: number;
  readonly #spare: number;
  readonly #free: { readonly small: Uint8Array[]; readonly large: Uint8Array[] } = {
    small: [],
    large: [],
  };
  #lent = 0;
  #kept = 0;

  /** Makes an empty pool; memory is allocated when it is asked for. */
  constructor({ budget = 256 * 1024 * 1024, spare = 8 * 1024 * 1024 }: BlockPoolOptions = {}) {
    this.#budget = budget;
    this.#spare = spare;
  }

  /** Bytes lent out at present. */
  get lent(): number {
    return this.#lent;
  }

  /**
   * Lends a block for `wanted` bytes of payload to a link that holds `held` bytes
   * and may hold `limit`: a large one if they do not fit into a small one and both
   * limit and budget allow it. `undefined` when either of them is spent.
   */
  take(wanted: number, held: number, limit: number): Uint8Array | undefined {
    const room = Math.min(limit - held, this.#budget - this.#lent);
    const large = wanted + HEADROOM_BYTES > SMALL_BLOCK_BYTES && room >= LARGE_BLOCK_BYTES;
    const size = large ? LARGE_BLOCK_BYTES : SMALL_BLOCK_BYTES;
    if (room < size && held > 0) return undefined;
    this.#lent += size;
    const block = (large ? this.#free.large : this.#free.small).pop();
    if (block === undefined) return new Uint8Array(size);
    this.#kept -= size;
    return block;
  }

  /** Stops counting a block that somebody may still be reading; nobody gets it again. */
  abandon(block: Uint8Array): void {
    this.#lent -= block.length;
  }

  /** Takes a block back; its bytes may be overwritten from now on. */
  give(block: Uint8Array): void {
    this.#lent -= block.length;
    if (this.#kept + block.length > this.#spare) return;
    this.#kept += block.length;
    (block.length === LARGE_BLOCK_BYTES ? this.#free.large : this.#free.small).push(block);
  }
}

/** The pool of this process. */
export const processBlocks: BlockPool = new BlockPool();
