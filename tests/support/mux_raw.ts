/**
 * Frames by hand, right and wrong ones, and what a decoder makes of them.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { FIN, FRAME_HEADER_BYTES, FrameType, writeFrameHeader } from "../../protocol/mux/frame.ts";
import type { FrameSink } from "../../protocol/mux/frame_decoder.ts";
import {
  type OpenHead,
  openHeadLength,
  type ResponseHead,
  responseHeadLength,
  writeOpenHead,
  writeResponseHead,
} from "../../protocol/mux/head.ts";

/** What a frame says beside its type. */
export interface FrameFields {
  readonly flags?: number;
  readonly slot?: number;
  readonly generation?: number;
  readonly payload?: Uint8Array;
  /** What the header says of the payload, if it is not the truth. */
  readonly length?: number;
}

/** A frame, legal or not. */
export function rawFrame(type: number, fields: FrameFields = {}): Uint8Array {
  const { flags = 0, slot = 0, generation = 0, payload = new Uint8Array(0) } = fields;
  const frame = new Uint8Array(FRAME_HEADER_BYTES + payload.length);
  const length = fields.length ?? payload.length;
  frame.set(payload, writeFrameHeader(frame, 0, length, type, flags, slot, generation));
  return frame;
}

/** The payload of an OPEN or a RESPONSE: a head, with its length before it, and a body. */
export function withHead(head: Uint8Array, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const length = Uint8Array.of(head.length >>> 16, head.length >>> 8, head.length);
  return concat([length, head, body]);
}

/** An encoded head of OPEN. */
export function openHeadBytes(head: OpenHead): Uint8Array {
  const bytes = new Uint8Array(openHeadLength(head));
  writeOpenHead(bytes, 0, head);
  return bytes;
}

/** An encoded head of RESPONSE. */
export function responseHeadBytes(head: ResponseHead): Uint8Array {
  const bytes = new Uint8Array(responseHeadLength(head));
  writeResponseHead(bytes, 0, head);
  return bytes;
}

/** A TCP stream is opened. */
export const TCP_HEAD: OpenHead = { kind: "tcp", tunnel: 0, visitor: "192.0.2.7:51234" };

/** A request. */
export const HTTP_HEAD: OpenHead = {
  kind: "http",
  tunnel: 1,
  visitor: "192.0.2.7:51234",
  scheme: "https",
  minorVersion: 1,
  method: "POST",
  target: "/hook?a=1",
  authority: "app.example",
  headers: new TextEncoder().encode("Host: app.example\r\n"),
};

/** An answer of `status`. */
export function answer(status: number): ResponseHead {
  const headers = new TextEncoder().encode("Content-Type: text/plain\r\n");
  return { status, minorVersion: 1, reason: "", headers };
}

/** An OPEN frame. */
export function openFrame(
  head: OpenHead = HTTP_HEAD,
  { body, ...fields }: FrameFields & { body?: Uint8Array } = {},
): Uint8Array {
  return rawFrame(FrameType.open, { payload: withHead(openHeadBytes(head), body), ...fields });
}

/** A RESPONSE frame. */
export function responseFrame(
  status: number,
  { body, ...fields }: FrameFields & { body?: Uint8Array } = {},
): Uint8Array {
  const payload = withHead(responseHeadBytes(answer(status)), body);
  return rawFrame(FrameType.response, { payload, ...fields });
}

/** A DATA frame of `bytes` zeros. */
export function dataFrame(bytes: number, fields: FrameFields = {}): Uint8Array {
  return rawFrame(FrameType.data, { payload: new Uint8Array(bytes), ...fields });
}

/** A CREDIT frame. */
export function creditFrame(bytes: number, fields: FrameFields = {}): Uint8Array {
  const payload = new Uint8Array(4);
  new DataView(payload.buffer).setUint32(0, bytes);
  return rawFrame(FrameType.credit, { payload, ...fields });
}

/** A RESET frame. */
export function resetFrame(code = 0, fields: FrameFields = {}): Uint8Array {
  return rawFrame(FrameType.reset, { payload: Uint8Array.of(code >>> 8, code), ...fields });
}

/** A control frame with `json` as it stands. */
export function controlFrame(type: number, json: string): Uint8Array {
  return rawFrame(type, { payload: new TextEncoder().encode(json) });
}

/** A frame as it was decoded. */
export interface DecodedFrame {
  readonly type: number;
  readonly fin: boolean;
  readonly slot: number;
  readonly generation: number;
  readonly payload: Uint8Array;
}

/** Puts DATA together again and keeps everything. */
export class FrameRecorder implements FrameSink {
  readonly frames: DecodedFrame[] = [];
  #data: { slot: number; generation: number; length: number; pieces: Uint8Array[] } | undefined;

  onFrame(type: number, fin: boolean, slot: number, generation: number, payload: Uint8Array): void {
    if (this.#data !== undefined) throw new Error("A frame came inside another");
    this.frames.push({ type, fin, slot, generation, payload: payload.slice() });
  }

  onDataStart(slot: number, generation: number, length: number): void {
    if (this.#data !== undefined) throw new Error("A frame came inside another");
    this.#data = { slot, generation, length, pieces: [] };
  }

  onDataPiece(piece: Uint8Array): void {
    if (piece.length === 0) throw new Error("A piece was empty");
    this.#data!.pieces.push(piece.slice());
  }

  onDataEnd(fin: boolean): void {
    const { slot, generation, length, pieces } = this.#data!;
    this.#data = undefined;
    const payload = concat(pieces);
    if (payload.length !== length) throw new Error("Data has another length than was said");
    this.frames.push({ type: FrameType.data, fin, slot, generation, payload });
  }
}

/** The frame that decodes to `frame`. */
export function encodeDecoded({ type, fin, ...fields }: DecodedFrame): Uint8Array {
  return rawFrame(type, { flags: fin ? FIN : 0, ...fields });
}
