/**
 * Bytes that came in on a stream and that nobody has read yet. They are copied
 * once, out of the transport's buffer, and small pieces are put together, so that
 * a peer that sends single bytes cannot make us keep an object for each.
 *
 * @module
 */

import { copyBytes } from "../small_bytes.ts";
import { allocateReceived } from "./received.ts";

/** The least memory that a piece gets that is not read at once. */
const LEAST_CHUNK_BYTES = 2048;

/** So many places of taken chunks are kept before the array is cut. */
const MOST_EMPTY_PLACES = 64;

const NOTHING = new Uint8Array(0);

/** A queue of bytes. */
export class ReceiveQueue {
  #chunks: Uint8Array[] = [];
  #first = 0;
  /** The last chunk's memory, which may have room for more. */
  #tail: Uint8Array | undefined;
  #tailFill = 0;
  #bytes = 0;

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Appends a copy of `piece`; `window` is what the peer may have in our hands altogether. */
  push(piece: Uint8Array, window = 0): void {
    this.#bytes += piece.length;
    const tail = this.#tail;
    if (piece.length < LEAST_CHUNK_BYTES && piece.length === this.#bytes) {
      // Nearly all small bodies are one piece, which needs no room for another.
      this.#chunks.push(copyBytes(piece));
      return;
    }
    if (tail !== undefined) {
      const fitting = piece.subarray(0, tail.length - this.#tailFill);
      tail.set(fitting, this.#tailFill);
      this.#tailFill += fitting.length;
      piece = piece.subarray(fitting.length);
      if (piece.length === 0) return;
      this.#sealTail();
    }
    this.#tail = allocateReceived(Math.max(piece.length, LEAST_CHUNK_BYTES), window);
    this.#tail.set(piece);
    this.#tailFill = piece.length;
  }

  /** Takes the oldest bytes out, or `undefined` if there are none. */
  shift(): Uint8Array | undefined {
    if (this.#first === this.#chunks.length) this.#sealTail();
    const chunk = this.#chunks[this.#first];
    if (chunk === undefined) return undefined;
    // A slow reader never empties the queue: what it took must not stay referenced.
    this.#chunks[this.#first++] = NOTHING;
    if (this.#first === this.#chunks.length) {
      this.#chunks.length = this.#first = 0;
    } else if (this.#first >= MOST_EMPTY_PLACES && this.#first * 2 >= this.#chunks.length) {
      this.#chunks = this.#chunks.slice(this.#first);
      this.#first = 0;
    }
    this.#bytes -= chunk.length;
    return chunk;
  }

  #sealTail(): void {
    if (this.#tail === undefined) return;
    this.#chunks.push(this.#tail.subarray(0, this.#tailFill));
    this.#tail = undefined;
    this.#tailFill = 0;
  }
}
