/**
 * The link: one ordered stream of payload bytes each way that outlives the
 * transport that carries it. No IO: bytes in, bytes out, time as an argument.
 *
 * - Payload is pulled from the source as late as possible, because what has been
 *   pulled can no longer be overtaken (`path_estimate.ts` says how much may be).
 * - What has been pulled is kept until the peer has acknowledged it
 *   (`resend_buffer.ts`), and sent again from the offset at which the peer stands
 *   when a new transport is attached.
 * - Acknowledgements and pings are never kept: a new transport starts with fresh
 *   ones. They go before the payload of a write.
 *
 * The caller attaches a transport, gives `receive()` what it reads, writes what
 * `pull()` returns, says `wrote()`, and calls `tick()` when it was told to.
 *
 * @module
 */

import { Allowance } from "../allowance.ts";
import { CLOSE_CODES, type CloseCode, closeCodeOf, ProtocolError } from "../errors.ts";
import { type Limits, PULL_BYTES } from "../limits.ts";
import type { BlockPool } from "./block_pool.ts";
import { Keepalive } from "./keepalive.ts";
import { PathEstimate } from "./path_estimate.ts";
import {
  CONTROL_RECORD_BYTES,
  encodeClose,
  readU64,
  RECORD_HEADER_BYTES,
  RecordType,
  writeNumberRecord,
  writeRecordHeader,
} from "./record.ts";
import { RecordDecoder } from "./record_decoder.ts";
import { type Outgoing, ResendBuffer } from "./resend_buffer.ts";

/** Acknowledged at the latest after this many bytes: half of what is always in flight. */
const MOST_UNACKNOWLEDGED_BYTES = 128 * 1024;

/**
 * Acknowledged early after this many bytes, if the last acknowledgement was a while ago: on a slow
 * line the sender then needs less on its way, behind which everything else waits. On a fast one
 * more comes in meanwhile, and no more is written than without.
 */
const EARLY_UNACKNOWLEDGED_BYTES = 32 * 1024;
const EARLY_AFTER_MS = 1;

/** If nothing more comes, the early one is sent then: the sender may be waiting for it. */
const EARLY_AT_THE_LATEST_MS = 4;

/** Acknowledged at the latest after this time, when we have nothing to write ourselves. */
const ACKNOWLEDGE_AFTER_MS = 1000;

/** There is always room for a few small frames, or none; acknowledgements will bring it. */
const LEAST_PULL_BYTES = 512;

/** Pings that a peer may send at once, and a second; an honest one sends one in ten seconds. */
const PING_BURST = 64;
const PINGS_PER_SECOND = 4;

/** Where payload comes from and goes to. */
export interface LinkUser {
  /** Bytes that {@linkcode LinkUser.fill} could produce now; 0 for nothing. */
  readonly pending: number;
  /** Produces payload into `room` and returns how much; less than fits only if there is no more. */
  fill(room: Uint8Array): number;
  /** Takes the next piece of payload; the array is only valid during the call. */
  onPayload(piece: Uint8Array): void;
  /** The peer has more of what we sent. */
  onAcknowledged(): void;
  /** The peer has closed the session. */
  onClose(code: CloseCode, reason: string): void;
}

/** What the link is made with. */
export interface LinkOptions {
  /** Where payload comes from and goes to. */
  readonly user: LinkUser;
  /** Our limits. */
  readonly limits: Pick<Limits, "resend" | "pingAfterMs" | "deadAfterMs">;
  /** The peer's limit of what it leaves unacknowledged. */
  readonly peerResend: number;
  /** Where memory comes from. */
  readonly pool: BlockPool;
}

/** What {@linkcode Link.tick} found. */
export type Tick =
  /** Nothing is due for `ms`; there may be something to pull. */
  | { readonly kind: "alive"; readonly ms: number }
  /** The peer has been silent for too long: the transport is to be given up. */
  | { readonly kind: "dead" };

/** What belongs to one transport and is forgotten with it. */
interface Carrier {
  readonly decoder: RecordDecoder;
  readonly path: PathEstimate;
  readonly keepalive: Keepalive;
  /** When the PING under way left, or `undefined`. */
  pingSentAt: number | undefined;
  /** A PING is to be sent. */
  pingDue: boolean;
  /** The next PONG tells the round trip without our own queue in it. */
  quiet: boolean;
  /** Counts our PINGs, so that a late PONG does not pass for another. */
  pingNumber: number;
  /** The eight bytes to send back in a PONG. */
  pong: Uint8Array | undefined;
  /** What the last ACK we sent said. */
  acknowledged: number;
  /** When it was sent. */
  acknowledgedAt: number;
  /** When the next ACK is due for want of anything to ride on. */
  acknowledgeAt: number;
  /** The write under way. */
  writing: Borrowed | undefined;
}

/** The bytes of a block that record headers have taken the place of during a write. */
interface Borrowed {
  readonly block: Uint8Array;
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** A stream of bytes each way over one transport after another. */
export class Link {
  readonly #user: LinkUser;
  readonly #limits: LinkOptions["limits"];
  readonly #acknowledgeAfter: number;
  readonly #resend: ResendBuffer;
  readonly #control = new Uint8Array(3 * CONTROL_RECORD_BYTES);
  #pings: Allowance | undefined;
  #carrier: Carrier | undefined;
  #received = 0;
  /** The most that the peer may have seen: the end of what was ever handed out. */
  #handedOut = 0;
  /** How much was handed out again, because a transport had lost it. */
  #resent = 0;
  /** What of that the present transport has taken. */
  #written = 0;
  /** What the peer says it has. */
  #peerReceived = 0;
  #closing: Uint8Array | undefined;
  /** The time of the call under way. */
  #now = 0;

  /** Makes a link without a transport. */
  constructor({ user, limits, peerResend, pool }: LinkOptions) {
    this.#user = user;
    this.#limits = limits;
    this.#acknowledgeAfter = Math.min(MOST_UNACKNOWLEDGED_BYTES, peerResend >>> 2);
    this.#resend = new ResendBuffer(pool, limits.resend);
  }

  /** How many bytes of payload have come in, over all transports. */
  get received(): number {
    return this.#received;
  }

  /** How many bytes of payload were handed out, and how many of them arrived. */
  get sent(): { readonly produced: number; readonly acknowledged: number } {
    return { produced: this.#resend.end, acknowledged: this.#peerReceived };
  }

  /** Bytes that were sent again over a new transport. */
  get resent(): number {
    return this.#resent;
  }

  /** Bytes of memory in use for what may have to be sent again. */
  get held(): number {
    return this.#resend.held;
  }

  /** When an acknowledgement is due for want of anything to ride on; `Infinity` for never. */
  get acknowledgeAt(): number {
    return this.#carrier?.acknowledgeAt ?? Infinity;
  }

  /** The least round trip of late in milliseconds; `Infinity` when unknown. */
  get roundTripMs(): number {
    return this.#carrier?.path.roundTripMs ?? Infinity;
  }

  /** Bytes per second that lately arrived, at best. */
  get bytesPerSecond(): number {
    return this.#carrier?.path.bytesPerSecond ?? 0;
  }

  /** True if the peer can stand at `offset` of what we send. */
  canResumeAt(offset: number): boolean {
    return offset >= this.#peerReceived && offset <= this.#handedOut;
  }

  /** Takes a transport into use, at whose other end `peerReceived` bytes have arrived. */
  attach(now: number, peerReceived = 0): void {
    this.#peerReceived = peerReceived;
    this.#resend.acknowledge(peerReceived);
    this.#resend.rewind();
    this.#written = peerReceived;
    this.#pings = new Allowance(PING_BURST, PINGS_PER_SECOND, now);
    this.#carrier = {
      decoder: new RecordDecoder({
        onData: (piece) => this.#onData(piece),
        onRecord: (type, payload) => this.#onRecord(type, payload),
      }),
      path: new PathEstimate(peerReceived, this.#limits.resend, now),
      keepalive: new Keepalive(this.#limits.pingAfterMs, this.#limits.deadAfterMs, now),
      pingSentAt: undefined,
      pingDue: true,
      quiet: true,
      pingNumber: 0,
      pong: undefined,
      acknowledged: this.#received,
      acknowledgedAt: now,
      acknowledgeAt: Infinity,
      writing: undefined,
    };
  }

  /** The transport is lost; everything not acknowledged is kept. */
  detach(): void {
    const writing = this.#carrier?.writing;
    if (writing !== undefined) {
      this.#putBack(writing);
      this.#resend.disown(writing.block);
    }
    this.#carrier = undefined;
  }

  /** The session is over: gives the memory back. */
  end(): void {
    this.detach();
    this.#resend.clear();
  }

  /** Asks the peer for a sign of life, and with it for an acknowledgement. */
  ping(): void {
    if (this.#carrier?.pingSentAt === undefined && this.#carrier !== undefined) {
      this.#carrier.pingDue = true;
    }
  }

  /** The next thing to be pulled is a CLOSE, and nothing after it. */
  close(code: CloseCode, reason: string): void {
    this.#closing ??= encodeClose(CLOSE_CODES[code], reason);
  }

  /**
   * Takes bytes that the transport has read.
   *
   * @throws {ProtocolError} If the peer broke the protocol.
   */
  receive(bytes: Uint8Array, now: number): void {
    const carrier = this.#carrier;
    if (carrier === undefined) return;
    this.#now = now;
    carrier.keepalive.onHeard(now);
    const received = this.#received;
    carrier.decoder.push(bytes);
    carrier.path.onRead(this.#received === received);
  }

  /**
   * What to write next, or `undefined` for nothing now. It must not change until
   * {@linkcode wrote} is called, and nothing else is pulled before.
   */
  pull(now: number): Uint8Array | undefined {
    const carrier = this.#carrier;
    if (carrier === undefined) return undefined;
    if (this.#closing !== undefined) return this.#pullClose();
    const outgoing = this.#pullPayload(carrier, now);
    if (outgoing === undefined) return this.#pullControl(carrier, now);
    const { block, at, length } = outgoing;
    const start = at - RECORD_HEADER_BYTES - this.#controlBytes(carrier);
    carrier.writing = { block, at: start, bytes: block.slice(start, at) };
    const end = this.#writeControl(carrier, block, start, now);
    writeRecordHeader(block, end, RecordType.data, length);
    return block.subarray(start, at + length);
  }

  /** The transport has taken what was pulled last. */
  wrote(): void {
    const carrier = this.#carrier;
    if (carrier?.writing === undefined) return;
    this.#putBack(carrier.writing);
    carrier.writing = undefined;
    this.#written = this.#resend.next;
    this.#acknowledge();
  }

  /** Does what is due at `now` and says when to come again. */
  tick(now: number): Tick {
    const carrier = this.#carrier;
    if (carrier === undefined) return { kind: "alive", ms: Infinity };
    const decision = carrier.keepalive.decide(now);
    if (decision.kind === "dead") return decision;
    if (decision.kind === "ping") carrier.pingDue = true;
    const { acknowledgeAt } = carrier;
    // One that is due already goes with what is pulled next.
    const untilAck = acknowledgeAt > now ? acknowledgeAt - now : Infinity;
    return { kind: "alive", ms: Math.min(decision.ms, untilAck) };
  }

  #putBack({ block, at, bytes }: Borrowed): void {
    block.set(bytes, at);
  }

  #pullClose(): Uint8Array | undefined {
    const record = this.#closing;
    if (record !== undefined && record.length > 0) this.#closing = new Uint8Array(0);
    return record?.length === 0 ? undefined : record;
  }

  #pullPayload(carrier: Carrier, now: number): Outgoing | undefined {
    const { path, pingSentAt, pingDue } = carrier;
    if (path.isStale(now) && pingSentAt === undefined && !pingDue) {
      carrier.quiet = false;
      carrier.pingDue = true;
    }
    const resend = this.#resend;
    const allowed = Math.floor(path.allowance(now)) - (resend.next - this.#peerReceived);
    const most = Math.min(allowed, PULL_BYTES);
    if (most <= 0) return undefined;
    if (resend.next === resend.end && !this.#produce(most)) return undefined;
    const repeated = this.#handedOut - resend.next;
    const outgoing = resend.take(most);
    if (repeated > 0) this.#resent += Math.min(repeated, outgoing?.length ?? 0);
    this.#handedOut = Math.max(this.#handedOut, resend.next);
    path.onSent(resend.next, this.#user.pending > 0, now);
    return outgoing;
  }

  #produce(most: number): boolean {
    const pending = this.#user.pending;
    if (pending === 0 || most < LEAST_PULL_BYTES) return false;
    const room = this.#resend.reserve(Math.max(LEAST_PULL_BYTES, Math.min(pending, most)));
    if (room === undefined) return false;
    const length = this.#user.fill(room);
    this.#resend.commit(length);
    return length > 0;
  }

  #pullControl(carrier: Carrier, now: number): Uint8Array | undefined {
    const due = carrier.pingDue || carrier.pong !== undefined || this.#isAckDue(carrier, now);
    if (!due) return undefined;
    return this.#control.subarray(0, this.#writeControl(carrier, this.#control, 0, now));
  }

  #isAckDue(carrier: Carrier, now: number): boolean {
    const bytes = this.#received - carrier.acknowledged;
    return bytes >= this.#acknowledgeAfter || now >= carrier.acknowledgeAt ||
      bytes >= EARLY_UNACKNOWLEDGED_BYTES && now - carrier.acknowledgedAt >= EARLY_AFTER_MS;
  }

  #controlBytes(carrier: Carrier): number {
    const records = Number(this.#received > carrier.acknowledged) +
      Number(carrier.pong !== undefined) + Number(carrier.pingDue);
    return records * CONTROL_RECORD_BYTES;
  }

  /** Writes the records that {@linkcode #controlBytes} has counted. */
  #writeControl(carrier: Carrier, into: Uint8Array, at: number, now: number): number {
    if (this.#received > carrier.acknowledged) {
      at = writeNumberRecord(into, at, RecordType.ack, this.#received);
      carrier.acknowledged = this.#received;
      carrier.acknowledgedAt = now;
      carrier.acknowledgeAt = Infinity;
    }
    if (carrier.pong !== undefined) {
      at = writeRecordHeader(into, at, RecordType.pong, carrier.pong.length);
      into.set(carrier.pong, at);
      at += carrier.pong.length;
      carrier.pong = undefined;
    }
    if (carrier.pingDue) {
      at = writeNumberRecord(into, at, RecordType.ping, ++carrier.pingNumber);
      carrier.pingDue = false;
      carrier.pingSentAt = now;
    }
    return at;
  }

  #onData(piece: Uint8Array): void {
    const carrier = this.#carrier;
    // The session may have ended, or moved on, in the middle of what was read.
    if (carrier === undefined) return;
    this.#received += piece.length;
    if (carrier.acknowledgeAt === Infinity) {
      carrier.acknowledgeAt = this.#now + ACKNOWLEDGE_AFTER_MS;
    }
    if (this.#received - carrier.acknowledged >= EARLY_UNACKNOWLEDGED_BYTES) {
      const at = carrier.acknowledgedAt + EARLY_AT_THE_LATEST_MS;
      if (at < carrier.acknowledgeAt) carrier.acknowledgeAt = at;
    }
    this.#user.onPayload(piece);
  }

  #onRecord(type: number, payload: Uint8Array): boolean {
    const carrier = this.#carrier;
    if (carrier === undefined) return false;
    switch (type) {
      case RecordType.ack:
        this.#onAck(readU64(payload, 0), carrier);
        return true;
      case RecordType.ping:
        this.#onPing(payload.slice(), carrier);
        return true;
      case RecordType.pong:
        this.#onPong(readU64(payload, 0), carrier);
        return true;
      case RecordType.close:
        this.#onClose(payload);
        return false;
      default:
        throw new ProtocolError("bad_record", "Cannot take a handshake record after the handshake");
    }
  }

  #onAck(offset: number, carrier: Carrier): void {
    if (offset < this.#peerReceived || offset > this.#resend.next) {
      throw new ProtocolError("bad_ack", `Cannot take an acknowledgement of ${offset} bytes`);
    }
    this.#peerReceived = offset;
    carrier.path.onAcknowledged(offset, this.#now);
    this.#acknowledge();
    this.#user.onAcknowledged();
  }

  /**
   * Forgets what the peer has. A peer can know of bytes whose write is still
   * under way here; those are kept until it ends, because it reads them.
   */
  #acknowledge(): void {
    const offset = Math.min(this.#peerReceived, this.#written);
    if (offset > this.#resend.start) this.#resend.acknowledge(offset);
  }

  #onPing(echo: Uint8Array, carrier: Carrier): void {
    if (!this.#pings!.take(this.#now)) {
      throw new ProtocolError("excess", "Cannot take more pings");
    }
    carrier.pong = echo;
  }

  #onPong(number: number, carrier: Carrier): void {
    if (carrier.pingSentAt === undefined || number !== carrier.pingNumber) return;
    const roundTrip = this.#now - carrier.pingSentAt;
    carrier.pingSentAt = undefined;
    if (carrier.quiet) {
      carrier.path.onRoundTrip(roundTrip, this.#now);
    } else {
      // What was on its way before has arrived now, so the next one is quiet.
      carrier.quiet = true;
      carrier.pingDue = true;
    }
  }

  #onClose(payload: Uint8Array): void {
    const code = closeCodeOf(payload[0]! << 8 | payload[1]!);
    this.#user.onClose(code, new TextDecoder().decode(payload.subarray(2)));
  }
}
