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
 *   ones (`carrier.ts`). They go before the payload of a write.
 *
 * The caller attaches a transport, gives `receive()` what it reads, writes what
 * `pull()` returns, says `wrote()`, and calls `tick()` when it was told to.
 *
 * @module
 */

import { CLOSE_CODES, type CloseCode, closeCodeOf, ProtocolError } from "../errors.ts";
import { type Limits, PULL_BYTES } from "../limits.ts";
import type { BlockPool } from "./block_pool.ts";
import { Carrier, MOST_CONTROL_BYTES, type Tick } from "./carrier.ts";
import {
  encodeClose,
  readU64,
  RECORD_HEADER_BYTES,
  RecordType,
  writeRecordHeader,
} from "./record.ts";
import type { RecordSink } from "./record_decoder.ts";
import { type Outgoing, ResendBuffer } from "./resend_buffer.ts";

/** There is always room for a few small frames, or none; acknowledgements will bring it. */
const LEAST_PULL_BYTES = 512;

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

/** A stream of bytes each way over one transport after another. */
export class Link {
  readonly #user: LinkUser;
  readonly #limits: LinkOptions["limits"];
  readonly #peerResend: number;
  readonly #resend: ResendBuffer;
  readonly #control = new Uint8Array(MOST_CONTROL_BYTES);
  readonly #sink: RecordSink;
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
    this.#peerResend = peerResend;
    this.#resend = new ResendBuffer(pool, limits.resend);
    this.#sink = {
      onData: (piece) => this.#onData(piece),
      onRecord: (type, payload) => this.#onRecord(type, payload),
    };
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
    return this.#carrier?.acks.dueAt ?? Infinity;
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
    this.#carrier = new Carrier(this.#sink, {
      limits: this.#limits,
      peerResend: this.#peerResend,
      received: this.#received,
      peerReceived,
      now,
    });
  }

  /** The transport is lost; everything not acknowledged is kept. */
  detach(): void {
    const block = this.#carrier?.giveBack();
    if (block !== undefined) this.#resend.disown(block);
    this.#carrier = undefined;
  }

  /** The session is over: gives the memory back. */
  end(): void {
    this.detach();
    this.#resend.clear();
  }

  /** Asks the peer for a sign of life, and with it for an acknowledgement. */
  ping(): void {
    this.#carrier?.ask();
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
    const received = this.#received;
    carrier.receive(bytes, now);
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
    const start = at - RECORD_HEADER_BYTES - carrier.controlBytes(this.#received);
    carrier.borrow(block, start, at);
    const end = carrier.writeControl(block, start, this.#received, now);
    writeRecordHeader(block, end, RecordType.data, length);
    return block.subarray(start, at + length);
  }

  /** The transport has taken what was pulled last. */
  wrote(): void {
    if (this.#carrier?.giveBack() === undefined) return;
    this.#written = this.#resend.next;
    this.#acknowledge();
  }

  /** Does what is due at `now` and says when to come again. */
  tick(now: number): Tick {
    return this.#carrier?.tick(now) ?? { kind: "alive", ms: Infinity };
  }

  #pullClose(): Uint8Array | undefined {
    const record = this.#closing;
    if (record !== undefined && record.length > 0) this.#closing = new Uint8Array(0);
    return record?.length === 0 ? undefined : record;
  }

  #pullPayload(carrier: Carrier, now: number): Outgoing | undefined {
    carrier.measure(now);
    const { path } = carrier;
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
    if (!carrier.isControlDue(this.#received, now)) return undefined;
    return this.#control.subarray(0, carrier.writeControl(this.#control, 0, this.#received, now));
  }

  #onData(piece: Uint8Array): void {
    const carrier = this.#carrier;
    // The session may have ended, or moved on, in the middle of what was read.
    if (carrier === undefined) return;
    this.#received += piece.length;
    carrier.acks.onReceived(this.#received, this.#now);
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
        carrier.onPing(payload.slice(), this.#now);
        return true;
      case RecordType.pong:
        carrier.onPong(readU64(payload, 0), this.#now);
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

  #onClose(payload: Uint8Array): void {
    const code = closeCodeOf(payload[0]! << 8 | payload[1]!);
    this.#user.onClose(code, new TextDecoder().decode(payload.subarray(2)));
  }
}
