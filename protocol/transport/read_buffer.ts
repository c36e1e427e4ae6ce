/**
 * The memory that a connection reads into: little while it is idle, much while
 * it is busy.
 *
 * @module
 */

import { borrowBuffer, BUFFER_SIZES, returnBuffer } from "./buffer_pool.ts";

/** What a connection with nothing to read holds; thousands of them are normal. */
export const IDLE_BUFFER_BYTES: number = 4 * 1024;

/** Who has read this much at once reads more soon, and does not start from the idle buffer. */
const BUSY_LEVEL = 2;
const BUSY_READ_BYTES = BUFFER_SIZES[BUSY_LEVEL - 1]!;

/**
 * Chooses the buffer of each read. A read that fills its buffer makes the next
 * one larger (4, 16, 64, 256 KiB). A read that does not has emptied the socket,
 * so the next one may wait for hours: it gets the idle buffer, but for a connection
 * that is busy, which would otherwise read every 256 KiB in four pieces. A link that
 * falls silent gives that up with the next ping.
 */
export class ReadBuffer {
  #idle: Uint8Array | null = null;
  #large: Uint8Array | null = null;
  /** 0 for the idle buffer, else one more than the index in the pool's sizes. */
  #level = 0;

  /** Gives the buffer to read into. The one before is not the caller's any more. */
  next(): Uint8Array {
    const size = BUFFER_SIZES[this.#level - 1];
    if (this.#large !== null && this.#large.length !== size) {
      returnBuffer(this.#large);
      this.#large = null;
    }
    if (size === undefined) return this.#idle ??= new Uint8Array(IDLE_BUFFER_BYTES);
    return this.#large ??= borrowBuffer(size);
  }

  /** Tells how much of the buffer the read has filled. */
  filled(buffer: Uint8Array, bytes: number): void {
    if (bytes === buffer.length) this.#level = Math.min(this.#level + 1, BUFFER_SIZES.length);
    else this.#level = bytes >= BUSY_READ_BYTES ? BUSY_LEVEL : 0;
  }

  /** Forgets all memory; what a cut-off read may still write to is never used again. */
  drop(): void {
    this.#idle = null;
    this.#large = null;
    this.#level = 0;
  }
}
