/**
 * Who sends next. Frames are chosen when the link asks for payload, not when they
 * are made, because what the link has can no longer be overtaken.
 *
 * - *Urgent* frames (heads, credit, resets, control) go first, in order, but not
 *   without end: after {@linkcode URGENT_BYTES} of them one stream's data gets a turn.
 * - *Fresh* streams, which just came to have something to send, get one quantum
 *   before all others: a small answer overtakes every download.
 * - *Bulk* streams take turns, a quantum each.
 *
 * A stream that was fresh and has sent everything still passes through the bulk
 * queue once, so that nobody stays fresh by sending a little at a time. This is
 * the scheduling of FQ-CoDel (RFC 8290), without its queue management, which the
 * link's bound on what is in flight replaces.
 *
 * @module
 */

import { PULL_BYTES } from "../limits.ts";
import { FRAME_HEADER_BYTES } from "./frame.ts";
import { CreditFrame, type OutboundFrame } from "./outbound.ts";
import type { MuxStream } from "./stream.ts";

/** What a stream sends before it is somebody else's turn: half a millisecond at 0.5 Gbit/s. */
const QUANTUM_BYTES = 32 * 1024;

/** Urgent frames that may go before one turn of data. */
const URGENT_BYTES = 64 * 1024;

/** A frame of less is not worth its header; the rest of the room stays empty. */
const LEAST_DATA_BYTES = 64;

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
  /** Urgent bytes since data last had a turn. */
  #urgentStreak = 0;
  /** The rest of a frame that did not fit into the last room. */
  #rest: Uint8Array | undefined;
  readonly #fresh = new StreamLine();
  readonly #bulk = new StreamLine();

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

  /** Adds a frame that goes before all data. */
  pushUrgent(frame: OutboundFrame): void {
    this.#urgent.push(frame);
    this.#urgentBytes += frame.length;
  }

  /** A stream may have come to have something to send. */
  pushStream(stream: MuxStream): void {
    if (stream.isInLine || stream.queue.sendable === 0) return;
    stream.isInLine = true;
    this.#fresh.push(stream);
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
    return this.#urgentStreak < URGENT_BYTES || !this.#hasData();
  }

  #hasData(): boolean {
    this.#skipIdle(this.#fresh);
    this.#skipIdle(this.#bulk);
    return this.#fresh.first !== undefined || this.#bulk.first !== undefined;
  }

  #skipIdle(line: StreamLine): void {
    while (line.first !== undefined && line.first.queue.sendable === 0) {
      line.shift()!.isInLine = false;
    }
  }

  #writeRest(room: Uint8Array, at: number): number {
    const rest = this.#rest;
    if (rest === undefined) return at;
    const piece = rest.subarray(0, room.length - at);
    room.set(piece, at);
    this.#rest = piece.length < rest.length ? rest.subarray(piece.length) : undefined;
    return at + piece.length;
  }

  #writeUrgent(room: Uint8Array, at: number): number {
    const frame = this.#urgent[this.#firstUrgent++]!;
    if (this.#firstUrgent === this.#urgent.length) {
      this.#urgent.length = this.#firstUrgent = 0;
    } else if (this.#firstUrgent >= 256) {
      this.#urgent = this.#urgent.slice(this.#firstUrgent);
      this.#firstUrgent = 0;
    }
    this.#urgentBytes -= frame.length;
    this.#urgentStreak += frame.length;
    this.#rest = frame instanceof CreditFrame ? frame.encode() : frame;
    return this.#writeRest(room, at);
  }

  #writeData(room: Uint8Array, at: number): number {
    if (!this.#hasData()) return at;
    const stream = (this.#fresh.shift() ?? this.#bulk.shift())!;
    this.#urgentStreak = 0;
    // Alone it need not take turns, and larger frames cost less.
    const most = this.#bulk.first === undefined && this.#fresh.first === undefined
      ? PULL_BYTES
      : QUANTUM_BYTES;
    at = stream.writeData(room, at, most);
    this.#bulk.push(stream);
    return at;
  }
}
