/**
 * A peer that knows the rules and breaks them now and then. It reads what the
 * honest end says and insists that that end keeps to them.
 *
 * @module
 */

import {
  FIN,
  FIRST_IGNORABLE_TYPE,
  FRAME_HEADER_BYTES,
  FrameType,
  HEAD_LENGTH_BYTES,
  writeFrameHeader,
} from "../../protocol/mux/frame.ts";
import { FrameDecoder, type FrameSink } from "../../protocol/mux/frame_decoder.ts";
import { isInformational, readOpenHead, readResponseHead } from "../../protocol/mux/head.ts";
import { writeHead } from "./heads_target.ts";
import { join } from "./mutation.ts";
import { contentAt } from "./pattern.ts";
import type { Tape } from "./tape.ts";
import { claim } from "./target.ts";

/** Where a direction stands. */
type Phase = "head" | "body" | "over";

/** A stream as this peer sees it. */
interface SeenStream {
  readonly slot: number;
  readonly generation: number;
  /** What we send. */
  mine: Phase;
  /** What the honest end sends. */
  theirs: Phase;
  /** Bytes that we may send. */
  credit: number;
  /** Bytes that the honest end may send. */
  granted: number;
  /** We have sent a RESET, or owe one in return: nothing else may follow. */
  isReset: boolean;
}

/** What both ends know of each other. */
export interface HostileTerms {
  /** The role of the honest end. */
  readonly honest: "server" | "client";
  /** Streams at most, by the client's limits. */
  readonly streams: number;
  /** What we may send unasked on a new stream. */
  readonly credit: number;
  /** What the honest end may send unasked. */
  readonly granted: number;
}

/** The far end of a mux, driven by a tape. */
export class HostilePeer implements FrameSink {
  /** Takes what the honest end sends. */
  readonly decoder: FrameDecoder;
  readonly #terms: HostileTerms;
  readonly #tape: Tape;
  readonly #streams = new Map<number, SeenStream>();
  readonly #generations = new Map<number, number>();
  /** Streams of ours that the honest end has reset, to be reset by us in return. */
  readonly #owed: SeenStream[] = [];
  #data: SeenStream | undefined;
  /** False once a rule was broken: what the honest end makes of that is its own affair. */
  #isLegal = true;

  /** Makes a peer without streams. */
  constructor(terms: HostileTerms, tape: Tape) {
    this.#terms = terms;
    this.#tape = tape;
    this.decoder = new FrameDecoder(this, terms.honest);
  }

  /** Whether no rule was broken so far. */
  get isLegal(): boolean {
    return this.#isLegal;
  }

  /** The next frame, which is legal as far as we know. */
  nextFrame(): Uint8Array {
    const tape = this.#tape;
    const owed = this.#owed.shift();
    if (owed !== undefined) return this.#reset(owed);
    const stream = this.#pick();
    const name = [stream?.slot ?? 0, stream?.generation ?? 0] as const;
    if (this.#terms.honest === "client" && (stream === undefined || tape.chance(60))) {
      return this.#open() ?? ignorable(tape);
    }
    if (stream === undefined) return tape.chance(128) ? this.#control() : ignorable(tape);
    switch (tape.below(8)) {
      case 0:
        return this.#grant(stream, 1 + tape.size(100_000));
      case 1:
        return tape.chance(60) ? this.#reset(stream) : this.#control();
      default:
        return this.#sendOn(stream, name);
    }
  }

  /** A frame that breaks a rule, or is likely to. */
  illegalFrame(): Uint8Array {
    const tape = this.#tape;
    const legal = this.nextFrame();
    this.#isLegal = false;
    switch (tape.below(6)) {
      case 0:
        return tape.chance(128)
          ? legal.subarray(0, tape.below(legal.length + 1))
          : join([legal, legal]);
      case 1:
        return frame(
          tape.byte(),
          tape.byte(),
          [tape.below(4), tape.byte()],
          new Uint8Array(tape.size(50)),
        );
      case 2:
        return frame(
          FrameType.credit,
          0,
          [tape.below(4), tape.below(3)],
          Uint8Array.of(0x7f, 0xff, 0xff, 0xff),
        );
      case 3:
        return frame(
          FrameType.data,
          0,
          [tape.below(4), tape.below(3)],
          contentAt(0, 0, 1 + tape.size(65_535)),
        );
      case 4:
        return frame(
          tape.pick(Object.values(FrameType)),
          FIN,
          [tape.below(4), tape.below(3)],
          new Uint8Array(tape.size(30)),
        );
      default: {
        const copy = legal.slice();
        copy[tape.below(Math.min(copy.length, FRAME_HEADER_BYTES + 12))] = tape.byte();
        return copy;
      }
    }
  }

  onFrame(type: number, fin: boolean, slot: number, generation: number, payload: Uint8Array): void {
    if (type === FrameType.open) return this.#onOpen(slot, generation, payload, fin);
    if (type >= FrameType.claim) return;
    const stream = this.#streams.get(slot);
    if (type === FrameType.credit) {
      if (stream?.generation === generation) {
        stream.credit += new DataView(payload.buffer, payload.byteOffset).getUint32(0);
      }
      return;
    }
    if (type === FrameType.reset) {
      if (stream?.generation !== generation) return;
      stream.theirs = "over";
      if (stream.mine === "over") return this.#settle(stream);
      stream.isReset = true;
      this.#owed.push(stream);
      return;
    }
    const live = this.#live(slot, generation);
    if (live === undefined) return;
    if (type === FrameType.response) {
      this.#claim(live.theirs === "head", "A response that is not due");
      const length = payload[0]! << 16 | payload[1]! << 8 | payload[2]!;
      const { status } = readResponseHead(payload.subarray(3, 3 + length));
      if (!isInformational(status)) live.theirs = "body";
      this.#count(live, payload.length - 3 - length);
    } else {
      this.#claim(live.theirs === "body", "Trailers that are not due");
    }
    if (fin) this.#endTheirs(live);
  }

  onDataStart(slot: number, generation: number, length: number): void {
    const stream = this.#live(slot, generation);
    this.#data = stream;
    if (stream === undefined) return;
    this.#claim(stream.theirs === "body", "Data that is not due");
    this.#count(stream, length);
  }

  onDataPiece(): void {}

  onDataEnd(fin: boolean): void {
    if (fin && this.#data !== undefined) this.#endTheirs(this.#data);
  }

  #open(): Uint8Array | undefined {
    const tape = this.#tape;
    const slot = tape.below(Math.min(this.#terms.streams, 8));
    if (this.#streams.has(slot)) return undefined;
    const generation = (this.#generations.get(slot) ?? 0xff) + 1 & 0xff;
    const isTcp = tape.chance(80);
    const fin = tape.chance(80);
    const head = writeHead(
      isTcp ? { kind: "tcp", tunnel: 1, visitor: "v" } : {
        kind: "http",
        tunnel: 1,
        visitor: "v",
        scheme: "http",
        minorVersion: 1,
        method: "GET",
        target: "/",
        authority: "a",
        headers: contentAt(1, 0, tape.size(500)),
      },
    );
    const body = contentAt(0, 0, Math.min(tape.size(2000), this.#terms.credit));
    const stream = this.#add(slot, generation, "body", isTcp ? "body" : "head");
    stream.credit -= body.length;
    if (fin) this.#endMine(stream);
    return withHead(FrameType.open, fin, [slot, generation], head, body);
  }

  #sendOn(stream: SeenStream, name: readonly [number, number]): Uint8Array {
    const tape = this.#tape;
    const fin = tape.chance(50);
    const body = contentAt(0, 0, Math.min(tape.size(60_000), stream.credit));
    if (stream.mine === "over") return this.#grant(stream, 1 + tape.size(1000));
    if (stream.mine === "head") {
      const status = tape.chance(60) ? 103 : 200;
      const head = writeHead({
        status,
        minorVersion: 1,
        reason: "OK",
        headers: contentAt(1, 0, tape.size(500)),
      });
      if (status === 103) {
        return withHead(FrameType.response, false, name, head, body.subarray(0, 0));
      }
      stream.mine = "body";
      stream.credit -= body.length;
      if (fin) this.#endMine(stream);
      return withHead(FrameType.response, fin, name, head, body);
    }
    if (tape.chance(20)) {
      this.#endMine(stream);
      return frame(FrameType.trailers, FIN, name, contentAt(1, 0, 1 + tape.size(100)));
    }
    if (body.length === 0 && !fin) return this.#control();
    stream.credit -= body.length;
    if (fin) this.#endMine(stream);
    return frame(FrameType.data, fin ? FIN : 0, name, body);
  }

  #grant(stream: SeenStream, bytes: number): Uint8Array {
    stream.granted += bytes;
    const payload = new Uint8Array(4);
    new DataView(payload.buffer).setUint32(0, bytes);
    return frame(FrameType.credit, 0, [stream.slot, stream.generation], payload);
  }

  #control(): Uint8Array {
    const [type, json] = this.#terms.honest === "client"
      ? [FrameType.expiring, '{"inMs":5}'] as const
      : [FrameType.release, '{"tunnel":5}'] as const;
    return frame(type, 0, [0, 0], new TextEncoder().encode(json));
  }

  #onOpen(slot: number, generation: number, payload: Uint8Array, fin: boolean): void {
    this.#claim(slot < this.#terms.streams, `An open in slot ${slot}`);
    const seen = this.#streams.get(slot);
    this.#claim(
      seen === undefined || seen.theirs === "over" && seen.mine === "over",
      "A slot in use",
    );
    const last = this.#generations.get(slot);
    this.#claim(
      generation === ((last ?? 0xff) + 1 & 0xff),
      `Generation ${generation} after ${last}`,
    );
    const length = payload[0]! << 16 | payload[1]! << 8 | payload[2]!;
    const head = readOpenHead(payload.subarray(3, 3 + length));
    const stream = this.#add(slot, generation, head.kind === "http" ? "head" : "body", "body");
    this.#count(stream, payload.length - 3 - length);
    if (fin) this.#endTheirs(stream);
  }

  #add(slot: number, generation: number, mine: Phase, theirs: Phase): SeenStream {
    const { credit, granted } = this.#terms;
    const stream = { slot, generation, mine, theirs, credit, granted, isReset: false };
    this.#streams.set(slot, stream);
    this.#generations.set(slot, generation);
    return stream;
  }

  /** Our direction ends here; theirs does when they answer, unless it has. */
  #reset(stream: SeenStream): Uint8Array {
    stream.isReset = true;
    this.#endMine(stream);
    const code = Uint8Array.of(0, this.#tape.below(12));
    return frame(FrameType.reset, 0, [stream.slot, stream.generation], code);
  }

  #pick(): SeenStream | undefined {
    const live = Array.from(this.#streams.values()).filter(({ isReset }) => !isReset);
    return live.length === 0 ? undefined : live[this.#tape.below(live.length)];
  }

  /** The stream of a frame that only one that still sends may send. */
  #live(slot: number, generation: number): SeenStream | undefined {
    const stream = this.#streams.get(slot);
    if (stream?.generation === generation) return stream;
    this.#claim(false, `A frame for generation ${generation} of slot ${slot}`);
    return undefined;
  }

  #claim(holds: boolean, what: string): void {
    if (this.#isLegal) claim(holds, what);
  }

  #count(stream: SeenStream, bytes: number): void {
    stream.granted -= bytes;
    this.#claim(stream.granted >= 0, `${-stream.granted} bytes more than were granted`);
  }

  #endMine(stream: SeenStream): void {
    stream.mine = "over";
    this.#settle(stream);
  }

  #endTheirs(stream: SeenStream): void {
    stream.theirs = "over";
    this.#settle(stream);
  }

  #settle(stream: SeenStream): void {
    if (stream.mine === "over" && stream.theirs === "over") this.#streams.delete(stream.slot);
  }
}

function frame(
  type: number,
  flags: number,
  [slot, generation]: readonly [number, number],
  payload: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + payload.length);
  bytes.set(payload, writeFrameHeader(bytes, 0, payload.length, type, flags, slot, generation));
  return bytes;
}

function withHead(
  type: number,
  fin: boolean,
  name: readonly [number, number],
  head: Uint8Array,
  body: Uint8Array,
): Uint8Array {
  const length = new Uint8Array(HEAD_LENGTH_BYTES);
  length.set([head.length >>> 16, head.length >>> 8, head.length]);
  return frame(type, fin ? FIN : 0, name, join([length, head, body]));
}

function ignorable(tape: Tape): Uint8Array {
  return frame(
    FIRST_IGNORABLE_TYPE + tape.below(128),
    tape.byte(),
    [tape.byte(), tape.byte()],
    new Uint8Array(tape.size(100)),
  );
}
