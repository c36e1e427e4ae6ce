/**
 * Many streams over one link, without IO: payload in, events out; calls in,
 * payload out. Only the server opens streams; the client answers.
 *
 * Streams live in slots. A slot is used again once both directions of its stream
 * have ended, with the next generation, so that a frame which was under way when
 * that happened cannot be taken for one of the next stream.
 *
 * Whatever a peer sends is either legal, or ends the session with a
 * {@linkcode ProtocolError}; PROTOCOL.md lists which.
 *
 * @module
 */

import { Allowance } from "../allowance.ts";
import { ProtocolError, resetCodeOf, type SessionClosed } from "../errors.ts";
import { type Limits, MAX_DATA_BYTES, MAX_HEAD_BYTES, MAX_SLOTS } from "../limits.ts";
import { type Control, decodeControl, encodeControl } from "./control.ts";
import { FIRST_IGNORABLE_TYPE, FrameType, HEAD_LENGTH_BYTES } from "./frame.ts";
import { FrameDecoder, type FrameSink } from "./frame_decoder.ts";
import { GrowthBudget, ReceiveWindow, SendWindow, type Tuning } from "./flow_control.ts";
import { type OpenHead, readOpenHead, readResponseHead } from "./head.ts";
import { encodeFrame } from "./outbound.ts";
import { Outbox } from "./outbox.ts";
import { MuxStream } from "./stream.ts";

/** Control frames that a peer may send at once, and a second: a config file of tunnels, twice. */
const CONTROL_BURST = 512;
const CONTROLS_PER_SECOND = 16;

/** Frames of unknown but ignorable types that a peer may send at once, and a second. */
const IGNORED_BURST = 1024;
const IGNORED_PER_SECOND = 256;

/**
 * Frames for streams that are over: each stream can have a RESET and a few grants
 * under way when it ends, more of them the more was sent, and unused ones are
 * saved up.
 */
const LATE_FRAMES_PER_STREAM = 4;
const SENT_BYTES_PER_LATE_FRAME = 32 * 1024;
const MOST_LATE_FRAMES = 65_536;

/**
 * Frames that wait before all data while the peer goes on asking for answers:
 * these, and so many for each stream that can be open (its head, a grant, a
 * reset, and those of the stream before). A peer that does not read what it makes
 * us say gets no further.
 */
const MOST_WAITING_FRAMES = 16_384;
const WAITING_FRAMES_PER_STREAM = 6;

const NOTHING = new Uint8Array(0);

/** What happens to a mux. */
export interface MuxUser {
  /**
   * The server has opened a stream; `stream.user` is to be set. The header block
   * is only valid during the call.
   */
  onOpen(stream: MuxStream, head: OpenHead): void;
  /** The peer has something to say that is not about a stream. */
  onControl(control: Control): void;
  /** A stream is over. */
  onStreamClosed(): void;
  /** There is something to pull, which may be done before this returns. */
  onWork(): void;
}

/** What a mux is made with. */
export interface MuxOptions {
  /** Which end this is. */
  readonly role: "server" | "client";
  /** What happens is told here. */
  readonly user: MuxUser;
  /** Our limits, of which the peer was told `streams` and `initialWindow`. */
  readonly limits: Limits;
  /** What the peer told of its own. */
  readonly peer: { readonly streams: number; readonly window: number };
  /** The time, in milliseconds. */
  readonly now: () => number;
  /** The least round trip of the link in milliseconds; `Infinity` when unknown. */
  readonly roundTripMs: () => number;
  /**
   * What the link lately carried at best.
   *
   * @default {() => 0}
   */
  readonly bytesPerSecond?: () => number;
  /** What windows may grow by together with those of other sessions. @default without a bound */
  readonly growth?: GrowthBudget;
}

/** A session's streams and control frames. */
export class Mux implements FrameSink {
  /** What waits to be sent. */
  readonly outbox: Outbox;
  /** What windows are tuned by; asked for rarely, so nothing is looked up before. */
  readonly tuning: Tuning;
  readonly #options: MuxOptions;
  readonly #decoder: FrameDecoder;
  readonly #growth: GrowthBudget;
  readonly #controls: Allowance;
  readonly #ignored: Allowance;
  readonly #streams: (MuxStream | undefined)[] = [];
  /** The generation that each slot's last stream had. */
  readonly #generations: number[] = [];
  readonly #freeSlots: number[] = [];
  #openStreams = 0;
  /** OPEN frames sent or taken, modulo 2^32. */
  #opened = 0;
  #lateFrames = MOST_LATE_FRAMES;
  /** The stream that the present DATA frame is for. */
  #dataStream: MuxStream | undefined;
  #isGoingAway = false;
  #isAbandoned = false;

  /** Makes a mux without streams. */
  constructor(options: MuxOptions) {
    const now = options.now();
    this.#options = options;
    this.outbox = new Outbox(options.bytesPerSecond ?? (() => 0));
    this.tuning = {
      get now() {
        return options.now();
      },
      get roundTripMs() {
        return options.roundTripMs();
      },
    };
    this.#decoder = new FrameDecoder(this, options.role === "server" ? "client" : "server");
    this.#growth = new GrowthBudget(options.limits.growthBudget, options.growth);
    this.#controls = new Allowance(CONTROL_BURST, CONTROLS_PER_SECOND, now);
    this.#ignored = new Allowance(IGNORED_BURST, IGNORED_PER_SECOND, now);
  }

  /** Streams that are not over. */
  get openStreams(): number {
    return this.#openStreams;
  }

  /** Whether {@linkcode open} would find a slot. */
  get canOpen(): boolean {
    return this.#freeSlots.length > 0 ||
      this.#streams.length < Math.min(this.#options.peer.streams, MAX_SLOTS);
  }

  /** Bytes of windows granted beyond the initial ones. */
  get growth(): number {
    return this.#growth.used;
  }

  /** Takes payload from the link. */
  receive(piece: Uint8Array): void {
    this.#decoder.push(piece);
  }

  /**
   * Opens a stream. The first piece of its body may change as soon as this returns.
   *
   * @throws {RangeError} If no slot is free, or the head is too large.
   */
  open(head: OpenHead, body: Uint8Array = NOTHING, fin = false): MuxStream {
    const free = this.#freeSlots.pop();
    const slot = free ?? this.#streams.length;
    if (slot >= Math.min(this.#options.peer.streams, MAX_SLOTS)) {
      throw new RangeError(`Cannot open a stream as the peer allows ${this.#options.peer.streams}`);
    }
    const stream = this.#makeStream(slot, {
      in: head.kind === "http" ? "head" : "body",
      out: "body",
    });
    try {
      // May pull at once, and what is pulled may end other streams, whose slots are free then.
      stream.sendOpen(head, body, fin);
    } catch (error) {
      if (free !== undefined) this.#freeSlots.push(free);
      throw error;
    }
    this.#addStream(stream);
    return stream;
  }

  /** Sends a control frame. */
  sendControl(control: Control): void {
    const { type, payload } = encodeControl(control);
    this.outbox.pushUrgent(encodeFrame(type, payload));
    this.wake();
  }

  /** Takes no more streams from now on: those that come are reset as untouched. */
  goAway(): void {
    if (this.#isGoingAway) return;
    this.#isGoingAway = true;
    this.sendControl({ type: "goaway", opened: this.#opened });
  }

  /** The session is over, and with it every stream that is not. */
  abandon(end: SessionClosed): void {
    this.#isAbandoned = true;
    for (const stream of this.#streams) stream?.abandon(end);
    this.#streams.length = 0;
    this.#openStreams = 0;
    this.#growth[Symbol.dispose]();
  }

  /** For streams: there is something to pull. */
  wake(): void {
    this.#options.user.onWork();
  }

  /** For streams: frees the slot of one that is over. */
  settle(stream: MuxStream): void {
    if (!stream.isClosed || this.#streams[stream.slot] !== stream) return;
    this.#streams[stream.slot] = undefined;
    this.#openStreams--;
    const late = LATE_FRAMES_PER_STREAM +
      Math.floor(stream.queue.window.spent / SENT_BYTES_PER_LATE_FRAME);
    this.#lateFrames = Math.min(this.#lateFrames + late, MOST_LATE_FRAMES);
    if (this.#options.role === "server") this.#freeSlots.push(stream.slot);
    this.#options.user.onStreamClosed();
  }

  onFrame(
    type: number,
    fin: boolean,
    slot: number,
    generation: number,
    payload: Uint8Array,
  ): void {
    // The session may have ended in the middle of what was read.
    if (this.#isAbandoned) return;
    switch (type) {
      case FrameType.open:
        return this.#onOpen(slot, generation, payload, fin);
      case FrameType.response:
        return this.#onResponse(this.#liveStream(slot, generation), payload, fin);
      case FrameType.trailers:
        return this.#expect(this.#liveStream(slot, generation).takeEnd(payload), "trailers");
      case FrameType.credit:
        return this.#onCredit(this.#findStream(slot, generation), payload);
      case FrameType.reset:
        return this.#onReset(this.#findStream(slot, generation), payload);
      default:
        return type >= FIRST_IGNORABLE_TYPE ? this.#onIgnored() : this.#onControl(type, payload);
    }
  }

  onDataStart(slot: number, generation: number, length: number): void {
    if (this.#isAbandoned) return;
    this.#dataStream = this.#liveStream(slot, generation);
    this.#expect(this.#dataStream.startData(length), "data");
  }

  onDataPiece(piece: Uint8Array): void {
    this.#dataStream?.takeData(piece);
  }

  onDataEnd(fin: boolean): void {
    const stream = this.#dataStream;
    this.#dataStream = undefined;
    if (fin && stream !== undefined) this.#expect(stream.takeEnd(), "the end");
  }

  #makeStream(
    slot: number,
    phases: ConstructorParameters<typeof MuxStream>[2],
  ): MuxStream {
    const { limits, peer, now } = this.#options;
    const generation = (this.#generations[slot] ?? 0xff) + 1 & 0xff;
    return new MuxStream(this, { slot, generation }, phases, {
      send: new SendWindow(peer.window),
      receive: new ReceiveWindow(limits.initialWindow, limits.maxWindow, this.#growth, now()),
    });
  }

  #addStream(stream: MuxStream): void {
    this.#streams[stream.slot] = stream;
    this.#generations[stream.slot] = stream.generation;
    this.#openStreams++;
    this.#opened = this.#opened + 1 >>> 0;
    this.settle(stream);
  }

  #onOpen(slot: number, generation: number, payload: Uint8Array, fin: boolean): void {
    if (slot >= this.#options.limits.streams || this.#streams[slot] !== undefined) {
      throw new ProtocolError("bad_stream", `Cannot open a stream in slot ${slot}`);
    }
    this.#refuseFlood();
    const { head, body } = splitHead(payload);
    const open = readOpenHead(head);
    const stream = this.#makeStream(slot, {
      in: "body",
      out: open.kind === "http" ? "head" : "body",
    });
    if (stream.generation !== generation) {
      throw new ProtocolError("bad_stream", `Cannot open generation ${generation} of slot ${slot}`);
    }
    this.#addStream(stream);
    if (this.#isGoingAway) stream.reset("refused");
    else this.#options.user.onOpen(stream, open);
    stream.takeBody(body);
    if (fin) this.#expect(stream.takeEnd(), "the end");
  }

  #onResponse(stream: MuxStream, payload: Uint8Array, fin: boolean): void {
    const { head, body } = splitHead(payload);
    this.#expect(stream.takeResponse(readResponseHead(head), body, fin), "a response");
  }

  #onCredit(stream: MuxStream | undefined, payload: Uint8Array): void {
    const bytes = new DataView(payload.buffer, payload.byteOffset, 4).getUint32(0);
    if (bytes === 0) throw new ProtocolError("bad_frame", "Cannot take a grant of nothing");
    if (stream === undefined) return;
    stream.queue.window.grant(bytes);
    this.outbox.pushStream(stream);
    this.wake();
  }

  #onReset(stream: MuxStream | undefined, payload: Uint8Array): void {
    const code = resetCodeOf(payload[0]! << 8 | payload[1]!);
    if (stream !== undefined) this.#expect(stream.takeReset(code), "a reset");
  }

  #onControl(type: number, payload: Uint8Array): void {
    const control = decodeControl(type, payload);
    if (!this.#controls.take(this.#options.now())) {
      throw new ProtocolError("excess", "Cannot take more control frames");
    }
    this.#refuseFlood();
    this.#options.user.onControl(control);
  }

  #onIgnored(): void {
    if (!this.#ignored.take(this.#options.now())) {
      throw new ProtocolError("excess", "Cannot ignore more frames");
    }
  }

  #refuseFlood(): void {
    const { limits, peer } = this.#options;
    const streams = Math.max(limits.streams, peer.streams);
    if (this.outbox.waiting > MOST_WAITING_FRAMES + WAITING_FRAMES_PER_STREAM * streams) {
      throw new ProtocolError("excess", "Cannot answer a peer that does not read the answers");
    }
  }

  /** The stream of a frame that may come late: `undefined` if it is over. */
  #findStream(slot: number, generation: number): MuxStream | undefined {
    const present = this.#generations[slot];
    if (present === undefined) {
      throw new ProtocolError("bad_stream", `Cannot find a stream in slot ${slot}`);
    }
    const stream = this.#streams[slot];
    if (stream?.generation === generation) return stream;
    const isLate = generation === present || generation === (present - 1 & 0xff);
    if (!isLate) {
      throw new ProtocolError("bad_stream", `Cannot find generation ${generation} in slot ${slot}`);
    }
    if (--this.#lateFrames < 0) throw new ProtocolError("excess", "Cannot take more late frames");
    return undefined;
  }

  /** The stream of a frame that cannot come late, because its sender had not ended. */
  #liveStream(slot: number, generation: number): MuxStream {
    const stream = this.#streams[slot];
    if (stream?.generation === generation) return stream;
    throw new ProtocolError(
      "bad_stream",
      `Cannot find generation ${generation} in slot ${slot} alive`,
    );
  }

  #expect(legal: boolean, what: string): void {
    if (!legal && !this.#isAbandoned) {
      throw new ProtocolError("unexpected_frame", `Cannot take ${what} at this point of a stream`);
    }
  }
}

/** Takes an OPEN's or RESPONSE's payload apart. */
function splitHead(payload: Uint8Array): { head: Uint8Array; body: Uint8Array } {
  const length = payload[0]! << 16 | payload[1]! << 8 | payload[2]!;
  const end = HEAD_LENGTH_BYTES + length;
  if (length > MAX_HEAD_BYTES || end > payload.length) {
    throw new ProtocolError("bad_frame", `Cannot read a head of ${length} bytes`);
  }
  if (payload.length - end > MAX_DATA_BYTES) {
    throw new ProtocolError("frame_too_large", "Cannot take so much body with a head");
  }
  return {
    head: payload.subarray(HEAD_LENGTH_BYTES, end),
    body: end < payload.length ? payload.subarray(end) : NOTHING,
  };
}
