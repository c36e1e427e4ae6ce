/**
 * The memory that a connection reads into: little while it is idle, much while
 * it is busy.
 *
 * @module
 */

import { borrowBuffer, BUFFER_SIZES, returnBuffer } from "./buffer_pool.ts";

/** What a connection with nothing to read holds; thousands of them are normal. */
export const IDLE_BUFFER_BYTES: number = 4 * 1024;

/**
 * Chooses the buffer of each read. A read that fills its buffer makes the next
 * one larger (4, 16, 64, 256 KiB). A read that does not has emptied the socket,
 * so the next one may wait for hours: it gets the idle buffer. On a busy
 * loopback connection that costs nothing that could be measured.
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
    this.#level = bytes < buffer.length ? 0 : Math.min(this.#level + 1, BUFFER_SIZES.length);
  }

  /** Forgets all memory; what a cut-off read may still write to is never used again. */
  drop(): void {
    this.#idle = null;
    this.#large = null;
    this.#level = 0;
  }
}
