/**
 * The payload that was produced and is not yet acknowledged. It is the encoder's
 * output and the resend buffer at once: a payload byte is copied here once, sent
 * from here, and if need be sent again from here.
 *
 * ```text
 *   acknowledged        sent              produced
 *        |   kept, may be sent again |  to be sent  |
 * -------+---------------------------+--------------+------>  offset
 *      start                        next           end
 * ```
 *
 * Payload lies in blocks, one after the other, each with {@linkcode HEADROOM_BYTES}
 * of room before it, where the link writes record headers. (A ring could not give
 * memory back when the link falls idle, and would have to be moved to grow.)
 *
 * @module
 */

import { type BlockPool, SMALL_BLOCK_BYTES } from "./block_pool.ts";
import { HEADROOM_BYTES } from "./record.ts";

/** A smaller rest of a block is left unused: no frame is worth being cut there. */
const LEAST_ROOM_BYTES = 512;

/**
 * The rest of a block is used if it has this much room for `wanted` bytes. Bulk that
 * is cut at the end of every block takes twice as many writes.
 */
function leastRoom(wanted: number): number {
  return wanted > SMALL_BLOCK_BYTES ? wanted - (wanted >>> 2) : Math.min(wanted, LEAST_ROOM_BYTES);
}

/** A block and the payload in it. */
interface Piece {
  readonly block: Uint8Array;
  /** The offset of the payload's first byte, which lies at `HEADROOM_BYTES`. */
  readonly offset: number;
  /** How much payload there is. */
  length: number;
}

/** Payload to send, with room before it that may have to be put back as it was. */
export interface Outgoing {
  /** The block it lies in. */
  readonly block: Uint8Array;
  /** Where it starts; at least `HEADROOM_BYTES`. */
  readonly at: number;
  /** How long it is. */
  readonly length: number;
}

/** Keeps payload until it is acknowledged. */
export class ResendBuffer {
  readonly #pool: BlockPool;
  readonly #limit: number;
  /** Oldest first; those before `#first` are gone. */
  #pieces: Piece[] = [];
  #first = 0;
  /** The piece that `#next` lies in, or one past the last. */
  #nextIndex = 0;
  #start = 0;
  #next = 0;
  #end = 0;
  #held = 0;
  /** Blocks that a write on a lost transport may still be reading. */
  #disowned: Set<Uint8Array> | undefined;

  /** Makes an empty buffer that holds at most `limit` bytes of blocks. */
  constructor(pool: BlockPool, limit: number) {
    this.#pool = pool;
    this.#limit = limit;
  }

  /** Everything before this offset is acknowledged. */
  get start(): number {
    return this.#start;
  }

  /** Everything before this offset was handed out for sending. */
  get next(): number {
    return this.#next;
  }

  /** Everything before this offset was produced. */
  get end(): number {
    return this.#end;
  }

  /** Bytes of memory in use. */
  get held(): number {
    return this.#held;
  }

  /**
   * Gives room to produce at most `wanted` bytes into, or `undefined` when memory
   * is out until the peer acknowledges something. {@linkcode commit} must follow
   * and says how much of it was used.
   */
  reserve(wanted: number): Uint8Array | undefined {
    let piece = this.#pieces.at(-1);
    let at = piece === undefined ? 0 : HEADROOM_BYTES + piece.length;
    const room = piece === undefined ? 0 : piece.block.length - at;
    if (piece === undefined || room < leastRoom(wanted)) {
      const block = this.#pool.take(wanted, this.#held, this.#limit);
      if (block === undefined) {
        return room < LEAST_ROOM_BYTES ? undefined : piece!.block.subarray(at, at + wanted);
      }
      this.#held += block.length;
      piece = { block, offset: this.#end, length: 0 };
      this.#pieces.push(piece);
      at = HEADROOM_BYTES;
    }
    return piece.block.subarray(at, at + wanted);
  }

  /** Appends the first `length` bytes of what {@linkcode reserve} gave. */
  commit(length: number): void {
    const piece = this.#pieces.at(-1)!;
    piece.length += length;
    this.#end += length;
    if (piece.length === 0) {
      this.#pieces.pop();
      this.#release(piece.block);
    }
  }

  /** Gives the next bytes to send, at most `most`, or `undefined` when all are sent. */
  take(most: number): Outgoing | undefined {
    if (this.#next === this.#end) return undefined;
    let piece = this.#pieces[this.#nextIndex]!;
    if (this.#next === piece.offset + piece.length) piece = this.#pieces[++this.#nextIndex]!;
    const skip = this.#next - piece.offset;
    const length = Math.min(piece.length - skip, most);
    this.#next += length;
    return { block: piece.block, at: HEADROOM_BYTES + skip, length };
  }

  /** Forgets everything before `offset`, which lies from `start` to `end`. */
  acknowledge(offset: number): void {
    this.#start = offset;
    if (this.#next < offset) this.#next = offset;
    while (this.#first < this.#pieces.length) {
      const piece = this.#pieces[this.#first]!;
      if (piece.offset + piece.length > offset) break;
      this.#first++;
      this.#release(piece.block);
    }
    if (this.#nextIndex < this.#first) this.#nextIndex = this.#first;
    if (this.#first === this.#pieces.length) {
      this.#pieces.length = this.#first = this.#nextIndex = 0;
    } else if (this.#first >= 64) {
      this.#pieces = this.#pieces.slice(this.#first);
      this.#nextIndex -= this.#first;
      this.#first = 0;
    }
  }

  /** Goes back to `start`: everything kept is sent again. */
  rewind(): void {
    this.#next = this.#start;
    this.#nextIndex = this.#first;
  }

  /**
   * Keeps `block` from ever being lent to another link. A write that was pending
   * when its transport was lost may go on reading it, and a hostile peer could
   * otherwise arrange to be sent what a stranger puts there next.
   */
  disown(block: Uint8Array): void {
    (this.#disowned ??= new Set()).add(block);
  }

  /** Gives all memory back; the buffer is not used again. */
  clear(): void {
    this.acknowledge(this.#end);
  }

  #release(block: Uint8Array): void {
    this.#held -= block.length;
    if (this.#disowned?.delete(block)) this.#pool.abandon(block);
    else this.#pool.give(block);
  }
}
