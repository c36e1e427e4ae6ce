/**
 * Frames as a script wants them. What the other end sends is held to the rules, and
 * what this end sends is up to the script.
 *
 * @module
 */

import type { Terms } from "../../../protocol/link/handshake.ts";
import { type Control, decodeControl, encodeControl } from "../../../protocol/mux/control.ts";
import { FRAME_HEADER_BYTES, frameRule, FrameType } from "../../../protocol/mux/frame.ts";
import {
  isInformational,
  type OpenHead,
  readOpenHead,
  readResponseHead,
} from "../../../protocol/mux/head.ts";
import { encodeFrame, encodeHeadFrame } from "../../../protocol/mux/outbound.ts";
import type { ScriptedLink } from "./scripted_link.ts";
import { ScriptedStream } from "./scripted_stream.ts";
import { broken, hex, RuleBroken } from "./rule.ts";

const MOST_WINDOW = 2 ** 31 - 1;

/** What a mux is made with. */
export interface ScriptedMuxOptions {
  /** Which end this is. */
  readonly role: "server" | "client";
  /** What carries it; set before anything comes. */
  readonly link: ScriptedLink;
  /** What this end has said. */
  readonly ownTerms: Terms;
  /** What the other end has said. */
  readonly peerTerms: Terms;
  /** How long to wait for what must come. */
  readonly patienceMs: number;
}

/** How a stream is opened. */
export interface OpenOptions {
  /** Which slot; the lowest that is free without. */
  readonly slot?: number;
  /** A first piece of body. */
  readonly body?: Uint8Array;
  /** Whether that is all. */
  readonly fin?: boolean;
}

/** The streams and control frames of a session. */
export class ScriptedMux {
  readonly link: ScriptedLink;
  readonly patienceMs: number;
  /** Whether new streams grant every byte of body again as it comes. */
  grants = true;
  /** Control frames that came, in order. */
  readonly controls: Control[] = [];
  /** All streams there ever were, in order. */
  readonly streams: ScriptedStream[] = [];
  readonly #options: ScriptedMuxOptions;
  readonly #present = new Map<number, ScriptedStream>();
  #buffer = new Uint8Array(1024);
  #fill = 0;

  /** Makes a mux without streams. */
  constructor(options: ScriptedMuxOptions) {
    this.#options = options;
    this.link = options.link;
    this.patienceMs = options.patienceMs;
  }

  /** The lowest slot that is free. */
  get freeSlot(): number {
    let slot = 0;
    while (this.#present.get(slot)?.isOver === false) slot++;
    return slot;
  }

  /** Opens a stream without saying so: returns it and the frame that says it. */
  prepareOpen(
    head: OpenHead,
    options: OpenOptions = {},
  ): { stream: ScriptedStream; frame: Uint8Array } {
    const { slot = this.freeSlot, body = new Uint8Array(0), fin = false } = options;
    const { peerTerms, ownTerms } = this.#options;
    const generation = ((this.#present.get(slot)?.generation ?? 255) + 1) % 256;
    const stream = new ScriptedStream(this, head, { slot, generation }, {
      send: peerTerms.window - body.length,
      receive: ownTerms.window,
    });
    if (fin) stream.sentEnd = "fin";
    this.#present.set(slot, stream);
    this.streams.push(stream);
    return { stream, frame: encodeHeadFrame(stream, head, body, fin) };
  }

  /** Opens a stream. */
  async open(
    head: OpenHead,
    options: OpenOptions = {},
  ): Promise<ScriptedStream> {
    const { stream, frame } = this.prepareOpen(head, options);
    await this.link.send(frame);
    return stream;
  }

  /** Sends a control frame. */
  async sendControl(control: Control): Promise<void> {
    const { type, payload } = encodeControl(control);
    await this.link.send(encodeFrame(type, payload));
  }

  /** Sends a control frame with any JSON in it. */
  async sendJson(type: number, value: unknown): Promise<void> {
    await this.link.send(encodeFrame(type, new TextEncoder().encode(JSON.stringify(value))));
  }

  /** Waits for a control frame. */
  async control<Type extends Control["type"]>(
    type: Type,
    nth = 0,
  ): Promise<Extract<Control, { type: Type }>> {
    return await this.link.watch.until(
      () =>
        this.controls.filter((control) => control.type === type)[nth] as
          | Extract<Control, { type: Type }>
          | undefined,
      type.toUpperCase(),
      this.patienceMs,
    );
  }

  /** Waits for the next stream that the other end opens after the `nth`. */
  async opened(nth: number): Promise<ScriptedStream> {
    return await this.link.watch.until(() => this.streams[nth], "OPEN", this.patienceMs);
  }

  /** For the link: payload came in. */
  receive(piece: Uint8Array): void {
    if (this.#fill + piece.length > this.#buffer.length) {
      const larger = new Uint8Array(2 * (this.#fill + piece.length));
      larger.set(this.#buffer.subarray(0, this.#fill));
      this.#buffer = larger;
    }
    this.#buffer.set(piece, this.#fill);
    this.#fill += piece.length;
    let at = 0;
    for (;;) {
      const end = this.#checkHeader(at);
      if (end === undefined || end > this.#fill) break;
      this.#onFrame(this.#buffer.slice(at, end));
      at = end;
    }
    this.#buffer.copyWithin(0, at, this.#fill);
    this.#fill -= at;
  }

  /** Where the frame at `at` ends, if its header is there. */
  #checkHeader(at: number): number | undefined {
    if (this.#fill - at < FRAME_HEADER_BYTES) return undefined;
    const header = this.#buffer.subarray(at, at + FRAME_HEADER_BYTES);
    const length = header[0]! << 16 | header[1]! << 8 | header[2]!;
    const type = header[3]!;
    const rule = frameRule(type);
    const fits = rule !== undefined && length <= rule.most &&
      (type >= 0x80 || length >= rule.least && this.#flagsFit(header, rule));
    if (!fits) throw broken("a frame that section 7 allows", hex(header));
    if (rule.sender === this.#options.role) {
      throw broken(`no frame that only a ${this.#options.role} sends`, hex(header));
    }
    return at + FRAME_HEADER_BYTES + length;
  }

  #flagsFit(header: Uint8Array, { fin, stream }: NonNullable<ReturnType<typeof frameRule>>) {
    const flags = header[4]!;
    const isControlName = header[5] === 0 && header[6] === 0 && header[7] === 0;
    return (flags === 0 && fin !== "must" || flags === 1 && fin !== "never") &&
      (stream || isControlName);
  }

  #onFrame(frame: Uint8Array): void {
    const type = frame[3]!;
    const fin = frame[4] === 1;
    const payload = frame.subarray(FRAME_HEADER_BYTES);
    if (type >= 0x80) return;
    if (type >= FrameType.claim) {
      this.controls.push(decodeControl(type, payload));
      return;
    }
    if (type === FrameType.open) return this.#onOpen(frame, payload, fin);
    const stream = this.#present.get(frame[5]! << 8 | frame[6]!);
    const isLate = stream === undefined || stream.generation !== frame[7] || stream.isOver;
    if (isLate) {
      if (type === FrameType.credit || type === FrameType.reset) return;
      throw broken("no frame for a stream that is over or never was", hex(frame));
    }
    this.#onStreamFrame(stream, frame, payload, fin);
  }

  #onStreamFrame(
    stream: ScriptedStream,
    frame: Uint8Array,
    payload: Uint8Array,
    fin: boolean,
  ): void {
    const type = frame[3]!;
    if (type === FrameType.credit) return this.#onCredit(stream, payload);
    if (stream.ended === "reset" || (stream.ended !== undefined && type !== FrameType.reset)) {
      throw broken(`nothing after the end by ${stream.ended}`, hex(frame));
    }
    switch (type) {
      case FrameType.response:
        return this.#onResponse(stream, payload, fin);
      case FrameType.data:
        if (payload.length === 0 && !fin) throw broken("no empty DATA without FIN", hex(frame));
        this.#mustHaveAnswered(stream, frame);
        this.#onBody(stream, payload);
        if (fin) stream.ended = "fin";
        break;
      case FrameType.trailers:
        this.#mustHaveAnswered(stream, frame);
        stream.trailers = payload;
        stream.ended = "trailers";
        break;
      case FrameType.reset:
        stream.resetCode = payload[0]! << 8 | payload[1]!;
        stream.ended = "reset";
        break;
    }
  }

  #mustHaveAnswered(stream: ScriptedStream, frame: Uint8Array): void {
    if (this.#options.role === "client" || stream.head.kind === "tcp") return;
    if (stream.response === undefined) throw broken("RESPONSE before anything else", hex(frame));
  }

  #onOpen(frame: Uint8Array, payload: Uint8Array, fin: boolean): void {
    const slot = frame[5]! << 8 | frame[6]!;
    const generation = frame[7]!;
    const last = this.#present.get(slot);
    const { ownTerms, peerTerms } = this.#options;
    if (slot >= ownTerms.streams) throw broken(`a slot below ${ownTerms.streams}`, `${slot}`);
    if (last?.isOver === false) throw broken("OPEN in a slot that is free", hex(frame));
    const next = ((last?.generation ?? 255) + 1) % 256;
    if (generation !== next) throw broken(`generation ${next} in slot ${slot}`, `${generation}`);
    const [head, body] = split(payload);
    const stream = new ScriptedStream(this, readOpenHead(head), { slot, generation }, {
      send: peerTerms.window,
      receive: ownTerms.window,
    });
    this.#present.set(slot, stream);
    this.streams.push(stream);
    this.#onBody(stream, body);
    if (fin) stream.ended = "fin";
  }

  #onResponse(stream: ScriptedStream, payload: Uint8Array, fin: boolean): void {
    const [bytes, body] = split(payload);
    const head = readResponseHead(bytes);
    if (stream.response !== undefined) throw broken("one final RESPONSE", `${head.status} too`);
    if (stream.head.kind === "tcp") throw broken("no RESPONSE on a tcp stream", `${head.status}`);
    stream.responses.push({ ...head, headers: head.headers.slice() });
    if (isInformational(head.status) && (fin || body.length > 0)) {
      throw broken("no body and no FIN in an informational RESPONSE", hex(payload));
    }
    this.#onBody(stream, body);
    if (fin) stream.ended = "fin";
  }

  #onBody(stream: ScriptedStream, body: Uint8Array): void {
    stream.body.append(body);
    if (stream.body.length > stream.granted) {
      throw broken(
        `at most the ${stream.granted} bytes that were granted in slot ${stream.slot}`,
        `${stream.body.length}`,
      );
    }
    if (stream.grants && stream.sentEnd !== "reset" && body.length > 0) stream.grant(body.length);
  }

  #onCredit(stream: ScriptedStream, payload: Uint8Array): void {
    const bytes = new DataView(payload.buffer, payload.byteOffset, 4).getUint32(0);
    if (bytes === 0) throw broken("CREDIT of at least 1", "0");
    stream.window += bytes;
    stream.credit += bytes;
    if (stream.window > MOST_WINDOW) {
      throw broken(`a window of at most ${MOST_WINDOW}`, `${stream.window}`);
    }
  }
}

/** Takes an OPEN's or RESPONSE's payload apart. */
function split(payload: Uint8Array): [head: Uint8Array, body: Uint8Array] {
  const end = 3 + (payload[0]! << 16 | payload[1]! << 8 | payload[2]!);
  if (end > payload.length || end > 3 + 131_072 || payload.length - end > 65_536) {
    throw new RuleBroken(
      `expected: a head and a body of allowed length\ncame:     ${hex(payload)}`,
    );
  }
  return [payload.slice(3, end), payload.slice(end)];
}
