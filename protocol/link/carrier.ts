/**
 * What belongs to one transport of a link and is forgotten with it: signs of life,
 * acknowledgements, what is known of the path, and the write under way.
 *
 * The peer's silence is broken by a PING. Its PONG also tells the round trip, but only that of a
 * *quiet* path: what we had sent before the PING would count as time on the way. So when the round
 * trip is to be measured anew in the middle of a transfer there are two PINGs, and the second one,
 * which leaves when all that was before the first has arrived, is the one that counts.
 *
 * @module
 */

import { Allowance } from "../allowance.ts";
import { ProtocolError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { AckSchedule } from "./ack_schedule.ts";
import { Keepalive } from "./keepalive.ts";
import { PathEstimate } from "./path_estimate.ts";
import {
  CONTROL_RECORD_BYTES,
  RecordType,
  writeNumberRecord,
  writeRecordHeader,
} from "./record.ts";
import { RecordDecoder, type RecordSink } from "./record_decoder.ts";

/** Pings that a peer may send at once, and a second; an honest one sends one in ten seconds. */
const PING_BURST = 64;
const PINGS_PER_SECOND = 4;

/** An ACK, a PONG and a PING. */
export const MOST_CONTROL_BYTES: number = 3 * CONTROL_RECORD_BYTES;

/** What the link's tick found. */
export type Tick =
  /** Nothing is due for `ms`; there may be something to pull. */
  | { readonly kind: "alive"; readonly ms: number }
  /** The peer has been silent for too long: the transport is to be given up. */
  | { readonly kind: "dead" };

/** Where both ends stand when a transport is taken into use. */
export interface CarrierStart {
  /** Our limits. */
  readonly limits: Pick<Limits, "resend" | "pingAfterMs" | "deadAfterMs">;
  /** The peer's limit of what it leaves unacknowledged. */
  readonly peerResend: number;
  /** How many bytes of payload we have received. */
  readonly received: number;
  /** How many the peer has. */
  readonly peerReceived: number;
  /** The time. */
  readonly now: number;
}

/** The bytes of a block that record headers have taken the place of during a write. */
interface Borrowed {
  readonly block: Uint8Array;
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** One transport of a link. */
export class Carrier {
  /** What is known of the way to the peer. */
  readonly path: PathEstimate;
  /** When what has come is acknowledged. */
  readonly acks: AckSchedule;
  readonly #decoder: RecordDecoder;
  readonly #keepalive: Keepalive;
  readonly #pings: Allowance;
  /** A PING is to be sent. */
  #pingDue = true;
  /** When the PING under way left, or `undefined`. */
  #pingSentAt: number | undefined;
  /** Counts our PINGs, so that a late PONG does not pass for another. */
  #pingNumber = 0;
  /** The next PONG tells the round trip without our own queue in it. */
  #quiet = true;
  /** The eight bytes to send back in a PONG. */
  #pong: Uint8Array | undefined;
  /** The write under way. */
  #writing: Borrowed | undefined;

  /** Begins with a PING; records go to `sink`. */
  constructor(sink: RecordSink, { limits, peerResend, received, peerReceived, now }: CarrierStart) {
    this.path = new PathEstimate(peerReceived, limits.resend, now);
    this.#decoder = new RecordDecoder(sink);
    this.#keepalive = new Keepalive(limits.pingAfterMs, limits.deadAfterMs, now);
    this.#pings = new Allowance(PING_BURST, PINGS_PER_SECOND, now);
    this.acks = new AckSchedule(peerResend, received, now);
  }

  /** Takes bytes that the transport has read. */
  receive(bytes: Uint8Array, now: number): void {
    this.#keepalive.onHeard(now);
    this.#decoder.push(bytes);
  }

  /** Asks the peer for a sign of life, unless that is under way. */
  ask(): void {
    if (this.#pingSentAt === undefined) this.#pingDue = true;
  }

  /** Measures the round trip anew if what is known of it is old. */
  measure(now: number): void {
    if (!this.path.isStale(now) || this.#pingSentAt !== undefined || this.#pingDue) return;
    this.#quiet = false;
    this.#pingDue = true;
  }

  /**
   * The peer asks for a sign of life.
   *
   * @throws {ProtocolError} `excess`, if it does nothing else.
   */
  onPing(echo: Uint8Array, now: number): void {
    if (!this.#pings.take(now)) throw new ProtocolError("excess", "Cannot take more pings");
    this.#pong = echo;
  }

  /** The peer has answered a PING. */
  onPong(number: number, now: number): void {
    if (this.#pingSentAt === undefined || number !== this.#pingNumber) return;
    const roundTrip = now - this.#pingSentAt;
    this.#pingSentAt = undefined;
    if (this.#quiet) return this.path.onRoundTrip(roundTrip, now);
    // What was on its way before has arrived now, so the next one is quiet.
    this.#quiet = true;
    this.#pingDue = true;
  }

  /** Does what is due at `now` and says when to come again. */
  tick(now: number): Tick {
    const decision = this.#keepalive.decide(now);
    if (decision.kind === "dead") return decision;
    if (decision.kind === "ping") this.#pingDue = true;
    // One that is due already goes with what is pulled next.
    const untilAck = this.acks.dueAt > now ? this.acks.dueAt - now : Infinity;
    return { kind: "alive", ms: Math.min(decision.ms, untilAck) };
  }

  /** Whether there is a record that must go, also without payload. */
  isControlDue(received: number, now: number): boolean {
    return this.#pingDue || this.#pong !== undefined || this.acks.isDue(received, now);
  }

  /** How many bytes {@linkcode writeControl} would write. */
  controlBytes(received: number): number {
    const records = Number(this.acks.hasNews(received)) + Number(this.#pong !== undefined) +
      Number(this.#pingDue);
    return records * CONTROL_RECORD_BYTES;
  }

  /** Writes the records that may ride on payload, and says where they end. */
  writeControl(into: Uint8Array, at: number, received: number, now: number): number {
    if (this.acks.hasNews(received)) {
      at = writeNumberRecord(into, at, RecordType.ack, received);
      this.acks.onSent(received, now);
    }
    const pong = this.#pong;
    if (pong !== undefined) {
      at = writeRecordHeader(into, at, RecordType.pong, pong.length);
      into.set(pong, at);
      at += pong.length;
      this.#pong = undefined;
    }
    if (this.#pingDue) {
      at = writeNumberRecord(into, at, RecordType.ping, ++this.#pingNumber);
      this.#pingDue = false;
      this.#pingSentAt = now;
    }
    return at;
  }

  /** Keeps the bytes of `block` from `start` to `end`, of which headers are about to take the place. */
  borrow(block: Uint8Array, start: number, end: number): void {
    this.#writing = { block, at: start, bytes: block.slice(start, end) };
  }

  /** The write is over: puts them back, and gives the block; `undefined` if there was no write. */
  giveBack(): Uint8Array | undefined {
    const writing = this.#writing;
    if (writing === undefined) return undefined;
    writing.block.set(writing.bytes, writing.at);
    this.#writing = undefined;
    return writing.block;
  }
}
