/**
 * Memory for bytes that are put together to be written, and are looked at no more once they are.
 * Nearly all are written at once, so that the same memory serves the next ones: fresh arrays for
 * bodies of some KiB are as much work for the collector as all the rest of their requests
 * (`deno task bench versus --only posts`).
 *
 * @module
 */

import { borrowBuffer, BUFFER_SIZES, returnBuffer } from "./buffer_pool.ts";

/** What a new stream may bring at once, or nearly; more is too rare to keep memory for. */
const LARGEST_ROOM_BYTES = 64 * 1024;

/** Room for some bytes. */
export class WriteRoom {
  /** The bytes. What is in them at first is anybody's. */
  readonly bytes: Uint8Array;
  #buffer: Uint8Array | undefined;

  /** Makes room for so many bytes. */
  constructor(size: number) {
    const isKept = size <= LARGEST_ROOM_BYTES;
    const buffer = isKept ? borrowBuffer(BUFFER_SIZES.find((most) => most >= size)!) : undefined;
    this.#buffer = buffer;
    this.bytes = buffer === undefined ? new Uint8Array(size) : buffer.subarray(0, size);
  }

  /** Puts copies of pieces behind each other. */
  static join(pieces: readonly Uint8Array[]): WriteRoom {
    const room = new WriteRoom(pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of pieces) {
      room.bytes.set(piece, at);
      at += piece.length;
    }
    return room;
  }

  /** How many bytes. */
  get length(): number {
    return this.bytes.length;
  }

  /**
   * Nobody looks at the bytes any more. Who cannot be sure, because a write was cut short, simply
   * forgets them.
   */
  giveBack(): void {
    if (this.#buffer !== undefined) returnBuffer(this.#buffer);
    this.#buffer = undefined;
  }
}
