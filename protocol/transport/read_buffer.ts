/**
 * The memory that a connection reads into: little while it is idle, much while
 * it is busy.
 *
 * @module
 */

import { borrowBuffer, BUFFER_SIZES, returnBuffer } from "./buffer_pool.ts";

/** What a connection with nothing to read holds; thousands of them are normal. */
export const IDLE_BUFFER_BYTES: number = 4 * 1024;

/** What one that only gives signs of life holds: pings and acknowledgements, of a link say. */
export const ASLEEP_BUFFER_BYTES: number = 512;

/** A ping, its answer and an acknowledgement, with the frames of a carrier around them. */
const SIGN_OF_LIFE_BYTES = 64;

/** Who has read this much at once reads more soon, and does not start from the idle buffer. */
const BUSY_LEVEL = 2;
const BUSY_READ_BYTES = BUFFER_SIZES[BUSY_LEVEL - 1]!;

/**
 * What connections may hold altogether because their next message may be as large as the last:
 * 128 visitors who upload files of 50 KiB one after the other, or 512 of 10 KiB.
 */
export const MOST_EXPECTING_BYTES: number = 8 * 1024 * 1024;

/** How much of that they hold. */
let expectingBytes = 0;

/**
 * Chooses the buffer of each read. A read that fills its buffer makes the next
 * one larger (4, 16, 64, 256 KiB). A read that does not has emptied the socket,
 * so the next one may wait for hours: it gets the idle buffer, but for
 *
 * - a connection that is busy, which would otherwise read every 256 KiB in four pieces. A link
 *   that falls silent gives that up with the next ping, and most of the idle buffer with it: that
 *   is a seventh of what an idle tunnel costs (`deno task bench versus --only idle-tunnels`).
 * - one whose last message took several reads, as long as not too many wait like that: in two
 *   pieces a request with a body of some KiB costs all hops behind the read twice
 *   (`deno task bench versus --only posts`). The next small message ends it.
 */
export class ReadBuffer {
  #small: Uint8Array | null = null;
  #large: Uint8Array | null = null;
  /** -1 asleep, 0 for the idle buffer, else one more than the index in the pool's sizes. */
  #level = 0;
  /** What came in since a read last emptied the socket. */
  #message = 0;
  /** What it holds of what all may hold in expectation. */
  #expecting = 0;

  /** Gives the buffer to read into. The one before is not the caller's any more. */
  next(): Uint8Array {
    const size = BUFFER_SIZES[this.#level - 1];
    if (this.#large !== null && this.#large.length !== size) {
      returnBuffer(this.#large);
      this.#large = null;
    }
    return size === undefined ? this.#nextSmall() : this.#large ??= borrowBuffer(size);
  }

  #nextSmall(): Uint8Array {
    const size = this.#level < 0 ? ASLEEP_BUFFER_BYTES : IDLE_BUFFER_BYTES;
    if (this.#small?.length !== size) this.#small = new Uint8Array(size);
    return this.#small;
  }

  /** Tells how much of the buffer the read has filled. */
  filled(buffer: Uint8Array, bytes: number): void {
    this.#expectNothing();
    const message = this.#message += bytes;
    if (bytes === buffer.length) {
      this.#level = Math.min(this.#level + 1, BUFFER_SIZES.length);
      return;
    }
    this.#message = 0;
    if (bytes >= BUSY_READ_BYTES) this.#level = BUSY_LEVEL;
    else if (message > IDLE_BUFFER_BYTES) this.#level = this.#expect(message);
    else this.#level = bytes <= SIGN_OF_LIFE_BYTES ? -1 : 0;
  }

  /** The level at which a message like that takes one read, if there is memory for it. */
  #expect(message: number): number {
    const level = message < BUFFER_SIZES[0]! ? 1 : BUSY_LEVEL;
    const bytes = BUFFER_SIZES[level - 1]!;
    if (expectingBytes + bytes > MOST_EXPECTING_BYTES) return 0;
    expectingBytes += this.#expecting = bytes;
    return level;
  }

  #expectNothing(): void {
    expectingBytes -= this.#expecting;
    this.#expecting = 0;
  }

  /** Forgets all memory; what a cut-off read may still write to is never used again. */
  drop(): void {
    this.#expectNothing();
    this.#small = null;
    this.#large = null;
    this.#level = this.#message = 0;
  }
}
