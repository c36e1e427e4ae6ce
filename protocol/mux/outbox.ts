/**
 * Who sends next. Frames are chosen when the link asks for payload, not when they
 * are made, because what the link has can no longer be overtaken.
 *
 * - *Urgent* frames (heads, credit, resets, control) go first, in order, but not
 *   without end: after {@linkcode URGENT_BYTES} of them one stream's data gets a turn.
 * - *Fresh* streams, which just came to have something to send, get one quantum
 *   before all others: a small answer overtakes every download. They, too, let
 *   one turn of bulk pass after {@linkcode FRESH_STREAK_BYTES}. A download whose
 *   next piece comes when the last one has left is not fresh each time, or else
 *   eight of them are in the way of a small answer for 20 ms of 200 Mbit/s.
 * - *Bulk* streams take turns, a quantum each. A turn that the end of the room
 *   cuts short goes on in the next room: else the size of the rooms would decide
 *   who gets how much.
 * - An *end* for which nothing of its stream waits does not wait either: it is a header.
 *
 * A stream that was fresh and has sent everything still passes through the bulk
 * queue once, so that nobody stays fresh by sending a little at a time. This is
 * the scheduling of FQ-CoDel (RFC 8290), without its queue management, which the
 * link's bound on what is in flight replaces.
 *
 * @module
 */

import { MAX_DATA_BYTES, PULL_BYTES } from "../limits.ts";
import { WriteRoom } from "../transport/write_room.ts";
import { FRAME_HEADER_BYTES } from "./frame.ts";
import { CreditFrame, type OutboundFrame } from "./outbound.ts";
import type { MuxStream } from "./stream.ts";

/**
 * What a stream sends before it is somebody else's turn: what the line carries in a quarter of a
 * millisecond. On a fast one that is more than a frame, because each turn costs the other end a
 * write of its own (64 downloads at once over loopback are twice as fast with the most as with the
 * least, `deno task bench versus --only parallel`).
 */
const LEAST_QUANTUM_BYTES = 32 * 1024;
const MOST_QUANTUM_BYTES = 128 * 1024;
const QUANTA_PER_SECOND = 4_000;

/** What a stream that was idle sends at once: a whole frame, which most answers fit into. */
const FRESH_QUANTUM_BYTES = MAX_DATA_BYTES;

/** Who has sent so much and comes with so much more is a bulk stream that had run dry. */
const BULK_SENT_BYTES = 256 * 1024;
const BULK_PIECE_BYTES = 16 * 1024;

/** What fresh streams may send before one turn of bulk. */
const FRESH_STREAK_BYTES = 256 * 1024;

/** Urgent frames that may go before one turn of data. */
const URGENT_BYTES = 64 * 1024;

/** A frame of less is not worth its header; the rest of the room stays empty. */
const LEAST_DATA_BYTES = 64;

const NOTHING = new Uint8Array(0);

/** Streams that wait for their turn. */
class StreamLine {
  #first: MuxStream | undefined;
  #last: MuxStream | undefined;

  get first(): MuxStream | undefined {
    return this.#first;
  }

  push(stream: MuxStream): void {
    stream.behind = undefined;
    if (this.#last === undefined) this.#first = stream;
    else this.#last.behind = stream;
    this.#last = stream;
  }

  unshift(stream: MuxStream): void {
    stream.behind = this.#first;
    this.#first = stream;
    this.#last ??= stream;
  }

  shift(): MuxStream | undefined {
    const stream = this.#first;
    if (stream === undefined) return undefined;
    this.#first = stream.behind;
    if (this.#first === undefined) this.#last = undefined;
    stream.behind = undefined;
    return stream;
  }
}

/** Everything that waits to be sent in one direction of a session. */
export class Outbox {
  #urgent: OutboundFrame[] = [];
  #firstUrgent = 0;
  #urgentBytes = 0;
  /** Urgent frames that were ever added, and that were written. */
  #urgentPushed = 0;
  #urgentWritten = 0;
  /** Urgent bytes since data last had a turn. */
  #urgentStreak = 0;
  /** Bytes of fresh streams since bulk last had a turn. */
  #freshStreak = 0;
  /** The rest of a frame that did not fit into the last room. */
  #rest: Uint8Array | undefined;
  /** Its memory, if that is to be given back. */
  #room: WriteRoom | undefined;
  readonly #fresh = new StreamLine();
  readonly #bulk = new StreamLine();
  /** Streams that only have to end, and are in line for what they sent before. */
  readonly #ends: MuxStream[] = [];
  readonly #bytesPerSecond: () => number;

  /** Makes an empty one, for a line that is so fast. */
  constructor(bytesPerSecond: () => number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** About how many bytes could be sent now, if it is less than one pull takes. */
  get pending(): number {
    let bytes = this.#urgentBytes + (this.#rest?.length ?? 0);
    for (let at = this.#fresh.first; at !== undefined && bytes < PULL_BYTES; at = at.behind) {
      bytes += at.queue.sendable;
    }
    for (let at = this.#bulk.first; at !== undefined && bytes < PULL_BYTES; at = at.behind) {
      bytes += at.queue.sendable;
    }
    return bytes;
  }

  /** How many frames wait that go before all data. */
  get waiting(): number {
    return this.#urgent.length - this.#firstUrgent;
  }

  /**
   * Adds a frame that goes before all data. That of its own stream never gets a
   * turn before it: a head must come first, and a grant must not be so late that
   * the slot has had two streams since.
   */
  pushUrgent(frame: OutboundFrame, stream?: MuxStream): void {
    this.#urgentPushed++;
    if (stream !== undefined) stream.lastUrgent = this.#urgentPushed;
    this.#urgent.push(frame);
    this.#urgentBytes += frame.length;
  }

  /** A stream may have come to have something to send. */
  pushStream(stream: MuxStream): void {
    if (stream.isInLine || stream.queue.sendable === 0) return;
    stream.isInLine = true;
    (this.#isBulk(stream) ? this.#bulk : this.#fresh).push(stream);
  }

  /** The same of one that ends: this is said once of each, so that the list is no longer than that. */
  pushEnd(stream: MuxStream): void {
    if (!stream.isInLine) this.pushStream(stream);
    else if (stream.queue.isAtFin) this.#ends.push(stream);
  }

  /** On a fast line nobody waits long for it, and what has just come is still in the caches. */
  #isBulk({ sentBytes, queue }: MuxStream): boolean {
    return sentBytes >= BULK_SENT_BYTES && queue.bytes >= BULK_PIECE_BYTES &&
      this.#quantum() === LEAST_QUANTUM_BYTES;
  }

  /** Writes frames until `room` is full or nothing waits, and returns how much. */
  fill(room: Uint8Array): number {
    let at = this.#writeRest(room, 0);
    while (at < room.length) {
      const before = at;
      if (this.#isUrgentNext()) at = this.#writeUrgent(room, at);
      else if (room.length - at > FRAME_HEADER_BYTES + LEAST_DATA_BYTES) {
        at = this.#writeData(room, at);
      }
      if (at === before) break;
    }
    return at;
  }

  #isUrgentNext(): boolean {
    if (this.#urgentBytes === 0) return false;
    if (this.#urgentStreak < URGENT_BYTES || !this.#hasData()) return true;
    const next = (this.#isFreshNext() ? this.#fresh : this.#bulk).first!;
    return next.lastUrgent > this.#urgentWritten;
  }

  #hasData(): boolean {
    this.#skipIdle(this.#fresh);
    this.#skipIdle(this.#bulk);
    return this.#fresh.first !== undefined || this.#bulk.first !== undefined;
  }

  #skipIdle(line: StreamLine): void {
    while (line.first !== undefined && line.first.queue.sendable === 0) {
      const idle = line.shift()!;
      idle.isInLine = false;
      idle.turn = 0;
    }
  }

  #writeRest(room: Uint8Array, at: number): number {
    const rest = this.#rest;
    if (rest === undefined) return at;
    const most = room.length - at;
    if (rest.length <= most) {
      room.set(rest, at);
      this.#rest = undefined;
      this.#room?.giveBack();
      this.#room = undefined;
      return at + rest.length;
    }
    room.set(rest.subarray(0, most), at);
    this.#rest = rest.subarray(most);
    return room.length;
  }

  #writeUrgent(room: Uint8Array, at: number): number {
    const frame = this.#urgent[this.#firstUrgent]!;
    this.#urgent[this.#firstUrgent++] = NOTHING;
    if (this.#firstUrgent === this.#urgent.length) {
      this.#urgent.length = this.#firstUrgent = 0;
    } else if (this.#firstUrgent >= 256) {
      this.#urgent = this.#urgent.slice(this.#firstUrgent);
      this.#firstUrgent = 0;
    }
    this.#urgentWritten++;
    this.#urgentBytes -= frame.length;
    this.#urgentStreak += frame.length;
    this.#rest = this.#bytesOf(frame);
    return this.#writeRest(room, at);
  }

  #bytesOf(frame: OutboundFrame): Uint8Array {
    if (frame instanceof CreditFrame) return frame.encode();
    if (!(frame instanceof WriteRoom)) return frame;
    this.#room = frame;
    return frame.bytes;
  }

  #writeData(room: Uint8Array, at: number): number {
    const ending = this.#nextEnd();
    if (ending !== undefined) return ending.writeData(room, at, 0);
    if (!this.#hasData()) return at;
    const isFresh = this.#isFreshNext();
    const line = isFresh ? this.#fresh : this.#bulk;
    const stream = line.shift()!;
    if (stream.turn === 0) stream.turn = isFresh ? FRESH_QUANTUM_BYTES : this.#quantum();
    // Alone it need not take turns, and larger frames cost less.
    const isAlone = this.#bulk.first === undefined && this.#fresh.first === undefined;
    const end = stream.writeData(room, at, isAlone ? PULL_BYTES : stream.turn);
    const left = stream.turn - (end - at - FRAME_HEADER_BYTES);
    this.#urgentStreak = 0;
    this.#freshStreak = isFresh ? this.#freshStreak + end - at : 0;
    if (left >= LEAST_DATA_BYTES && stream.queue.sendable > 0) {
      stream.turn = left;
      line.unshift(stream);
    } else {
      stream.turn = 0;
      this.#bulk.push(stream);
    }
    return end;
  }

  /** Whose end can leave: its turn may have come first, or a frame of its own may have to. */
  #nextEnd(): MuxStream | undefined {
    for (let stream = this.#ends.pop(); stream !== undefined; stream = this.#ends.pop()) {
      if (stream.queue.isAtFin && stream.lastUrgent <= this.#urgentWritten) return stream;
    }
    return undefined;
  }

  #quantum(): number {
    const bytes = Math.floor(this.#bytesPerSecond() / QUANTA_PER_SECOND);
    return Math.min(Math.max(bytes, LEAST_QUANTUM_BYTES), MOST_QUANTUM_BYTES);
  }

  #isFreshNext(): boolean {
    if (this.#fresh.first === undefined) return false;
    return this.#freshStreak < FRESH_STREAK_BYTES || this.#bulk.first === undefined;
  }
}
