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

/** What a buffer becomes once a read has filled it. */
const GROWTH_BYTES: readonly number[] = [IDLE_BUFFER_BYTES, 16 * 1024, 64 * 1024, 256 * 1024];

/** Who has read this much at once reads more soon, and does not start from the idle buffer. */
const BUSY_BUFFER_BYTES = 64 * 1024;

/**
 * What connections may hold altogether because their next message may be as large as the last:
 * 128 visitors who upload files of 50 KiB one after the other, or 512 of 10.
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
  /** What the next read gets. */
  #size = IDLE_BUFFER_BYTES;
  /** What came in since a read last emptied the socket. */
  #message = 0;
  /** What it holds of what all may hold in expectation. */
  #expecting = 0;

  /** Gives the buffer to read into. The one before is not the caller's any more. */
  next(): Uint8Array {
    const size = this.#size;
    if (this.#large !== null && this.#large.length !== size) {
      returnBuffer(this.#large);
      this.#large = null;
    }
    if (size > IDLE_BUFFER_BYTES) return this.#large ??= borrowBuffer(size);
    if (this.#small?.length !== size) this.#small = new Uint8Array(size);
    return this.#small;
  }

  /** Tells how much of the buffer the read has filled. */
  filled(buffer: Uint8Array, bytes: number): void {
    this.#expectNothing();
    const message = this.#message += bytes;
    if (bytes === buffer.length) {
      this.#size = GROWTH_BYTES.find((size) => size > bytes) ?? bytes;
      return;
    }
    this.#message = 0;
    if (bytes >= BUSY_BUFFER_BYTES) this.#size = BUSY_BUFFER_BYTES;
    else if (message > IDLE_BUFFER_BYTES) this.#size = this.#expect(message);
    else this.#size = bytes <= SIGN_OF_LIFE_BYTES ? ASLEEP_BUFFER_BYTES : IDLE_BUFFER_BYTES;
  }

  /** The buffer in which a message like that takes one read, if there is memory for it. */
  #expect(message: number): number {
    const bytes = message < BUSY_BUFFER_BYTES
      ? BUFFER_SIZES.find((size) => size > message)!
      : BUSY_BUFFER_BYTES;
    if (expectingBytes + bytes > MOST_EXPECTING_BYTES) return IDLE_BUFFER_BYTES;
    expectingBytes += this.#expecting = bytes;
    return bytes;
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
    this.#size = IDLE_BUFFER_BYTES;
    this.#message = 0;
  }
}
