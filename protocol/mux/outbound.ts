/**
 * Frames that wait to be sent before all data. They are encoded when they are
 * made, so what they were made from may change at once; only a grant of credit
 * can still grow while it waits.
 *
 * @module
 */

import { allocateBytes } from "../small_bytes.ts";
import { WriteRoom } from "../transport/write_room.ts";
import {
  FIN,
  FRAME_HEADER_BYTES,
  FrameType,
  HEAD_LENGTH_BYTES,
  writeFrameHeader,
} from "./frame.ts";
import {
  type OpenHead,
  openHeadLength,
  type ResponseHead,
  responseHeadLength,
  writeOpenHead,
  writeResponseHead,
} from "./head.ts";

/** Names a stream on the wire. */
export interface StreamName {
  /** Which of the streams that are open at once. */
  readonly slot: number;
  /** Which of the streams that had this slot. */
  readonly generation: number;
}

/** A frame that waits. */
export type OutboundFrame = Uint8Array | CreditFrame | WriteRoom;

/** A frame with less body than this is cheaper to allocate than to keep account of. */
const LEAST_ROOM_BYTES = 4 * 1024;

const NOTHING = new Uint8Array(0);

const CONTROL_NAME: StreamName = { slot: 0, generation: 0 };

/** A frame with `payload`; a control frame if it has no name. */
export function encodeFrame(
  type: number,
  payload: Uint8Array,
  { slot, generation }: StreamName = CONTROL_NAME,
  fin = false,
): Uint8Array {
  const frame = allocateBytes(FRAME_HEADER_BYTES + payload.length);
  const flags = fin ? FIN : 0;
  frame.set(payload, writeFrameHeader(frame, 0, payload.length, type, flags, slot, generation));
  return frame;
}

/**
 * An OPEN or a RESPONSE, with a first piece of body.
 *
 * @throws {RangeError} If the head is longer than a head may be.
 */
export function encodeHeadFrame(
  name: StreamName,
  head: OpenHead | ResponseHead,
  body: Uint8Array = NOTHING,
  fin = false,
): Uint8Array {
  const frame = allocateBytes(headFrameLength(head, body));
  writeHeadFrame(frame, name, head, body, fin);
  return frame;
}

/** As {@linkcode encodeHeadFrame}; with some KiB of body in memory that is used again. */
export function makeHeadFrame(
  name: StreamName,
  head: OpenHead | ResponseHead,
  body: Uint8Array = NOTHING,
  fin = false,
): Uint8Array | WriteRoom {
  if (body.length < LEAST_ROOM_BYTES) return encodeHeadFrame(name, head, body, fin);
  const room = new WriteRoom(headFrameLength(head, body));
  writeHeadFrame(room.bytes, name, head, body, fin);
  return room;
}

function headFrameLength(head: OpenHead | ResponseHead, body: Uint8Array): number {
  const headLength = "status" in head ? responseHeadLength(head) : openHeadLength(head);
  return FRAME_HEADER_BYTES + HEAD_LENGTH_BYTES + headLength + body.length;
}

/** Writes a frame that is as long as `frame`. */
function writeHeadFrame(
  frame: Uint8Array,
  { slot, generation }: StreamName,
  head: OpenHead | ResponseHead,
  body: Uint8Array,
  fin: boolean,
): void {
  const isResponse = "status" in head;
  const type = isResponse ? FrameType.response : FrameType.open;
  const length = frame.length - FRAME_HEADER_BYTES;
  const headLength = length - HEAD_LENGTH_BYTES - body.length;
  let at = writeFrameHeader(frame, 0, length, type, fin ? FIN : 0, slot, generation);
  frame[at] = headLength >>> 16;
  frame[at + 1] = headLength >>> 8;
  frame[at + 2] = headLength;
  at += HEAD_LENGTH_BYTES;
  at = isResponse ? writeResponseHead(frame, at, head) : writeOpenHead(frame, at, head);
  if (body.length > 0) frame.set(body, at);
}

/** A CREDIT that grows while it waits. */
export class CreditFrame {
  /** Bytes it will take, header included. */
  readonly length: number = FRAME_HEADER_BYTES + 4;
  readonly #name: StreamName;
  #bytes = 0;
  #isSent = false;

  /** Makes a grant of nothing yet. */
  constructor(name: StreamName) {
    this.#name = name;
  }

  /** True once it is too late to add to it. */
  get isSent(): boolean {
    return this.#isSent;
  }

  /** Grants more. */
  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** The frame, which does not change any more. */
  encode(): Uint8Array {
    this.#isSent = true;
    const payload = new Uint8Array(4);
    new DataView(payload.buffer).setUint32(0, this.#bytes);
    return encodeFrame(FrameType.credit, payload, this.#name);
  }
}
