/**
 * Keeps the pieces of a head (or of trailers) until it is whole. A head that
 * comes in one piece, as nearly all do, is never kept here.
 *
 * What is kept is scanned when its first line or its end seems to have come, and
 * whenever it has doubled since the last time: so garbage is refused early, and
 * a sender of single bytes cannot make us read the same bytes again and again.
 *
 * @module
 */

import { copyBytes } from "../small_bytes.ts";
import { CR, LF } from "./octets.ts";

/** Gives the position after the head in `bytes`, or -1 if it is not whole before `end`. */
export type HeadScan = (bytes: Uint8Array, end: number) => number;

// A small head needs no second allocation.
const FIRST_CAPACITY = 1024;
const EMPTY = new Uint8Array(0);

/** Bytes of one head, at most `limit` of them. */
export class HeadBuffer {
  readonly #limit: number;
  readonly #scan: HeadScan;
  #bytes: Uint8Array | null = null;
  #length = 0;
  #nextScan = 0;
  #hasLine = false;
  #head: Uint8Array = EMPTY;

  /** Calls `scan` on bytes that start where the head starts. */
  constructor(limit: number, scan: HeadScan) {
    this.#limit = limit;
    this.#scan = scan;
  }

  /** How many bytes of an unfinished head are kept. */
  get length(): number {
    return this.#length;
  }

  /** True if the head has reached the limit and is still not whole. */
  get full(): boolean {
    return this.#length >= this.#limit;
  }

  /**
   * Takes the next piece, from `start` on. Gives the position in it after the
   * head, or -1 if all of it (up to the limit) was taken and more is needed.
   */
  push(piece: Uint8Array, start: number): number {
    const before = this.#length;
    const available = Math.min(piece.length - start, this.#limit - before);
    if (available === 0) return -1;
    if (before === 0) {
      const view = start === 0 ? piece : piece.subarray(start);
      const end = this.#scan(view, available);
      if (end !== -1) {
        this.#head = copyBytes(view, 0, end);
        return start + end;
      }
      this.#append(view, available);
      this.#nextScan = 2 * available;
      this.#hasLine = false;
      return -1;
    }
    this.#append(piece.subarray(start), available);
    if (this.#length < this.#nextScan && !this.full && !this.#needsScan(before)) return -1;
    this.#nextScan = 2 * this.#length;
    const end = this.#scan(this.#bytes!, this.#length);
    if (end === -1) return -1;
    this.#head = copyBytes(this.#bytes!, 0, end);
    this.#bytes = null;
    this.#length = 0;
    return start + end - before;
  }

  /** Hands over the head, in bytes of its own, once {@linkcode push} has said that it is whole. */
  take(): Uint8Array {
    const head = this.#head;
    // An idle connection should not hold on to its last head.
    this.#head = EMPTY;
    return head;
  }

  #append(piece: Uint8Array, count: number): void {
    const length = this.#length + count;
    if (this.#bytes === null || this.#bytes.length < length) {
      const bytes = new Uint8Array(Math.max(FIRST_CAPACITY, length * 2));
      if (this.#bytes !== null) bytes.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = bytes;
    }
    this.#bytes.set(count === piece.length ? piece : piece.subarray(0, count), this.#length);
    this.#length = length;
  }

  /** True if an empty line, however it is written, or the first line ends after `before`. */
  #needsScan(before: number): boolean {
    const bytes = this.#bytes!;
    for (let at = before; at < this.#length; at++) {
      if (bytes[at] !== LF) continue;
      if (!this.#hasLine) return this.#hasLine = true;
      const previous = bytes[at - 1] === CR ? at - 2 : at - 1;
      if (previous < 0 || bytes[previous] === LF) return true;
    }
    return false;
  }
}
