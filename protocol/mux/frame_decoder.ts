/**
 * Takes a link's payload apart into frames, however it is cut.
 *
 * The payload of DATA is handed on in pieces that are views of the input;
 * everything else is handed on whole. A frame is refused as soon as its header
 * is in, before anything of it is kept.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import {
  FIN,
  FIRST_IGNORABLE_TYPE,
  FRAME_HEADER_BYTES,
  type FrameRule,
  frameRule,
  FrameType,
} from "./frame.ts";

/** What becomes of the frames. The arrays are only valid during the call. */
export interface FrameSink {
  /** Any frame but DATA, whole. */
  onFrame(type: number, fin: boolean, slot: number, generation: number, payload: Uint8Array): void;
  /** A DATA frame's header is in: `length` bytes follow. */
  onDataStart(slot: number, generation: number, length: number): void;
  /** A piece of its payload; not empty. */
  onDataPiece(piece: Uint8Array): void;
  /** It is complete. */
  onDataEnd(fin: boolean): void;
}

const NOTHING = new Uint8Array(0);

/** An incremental decoder of mux frames. */
export class FrameDecoder {
  readonly #sink: FrameSink;
  readonly #peer: "server" | "client";
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES);
  #headerFill = 0;
  #inFrame = false;
  #type = 0;
  #fin = false;
  #slot = 0;
  #generation = 0;
  /** Bytes of the present frame still to come. */
  #missing = 0;
  #payload: Uint8Array = NOTHING;
  #payloadFill = 0;

  /** Makes a decoder, at the border of a frame, of what `peer` sends. */
  constructor(sink: FrameSink, peer: "server" | "client") {
    this.#sink = sink;
    this.#peer = peer;
  }

  /** Bytes kept of a frame that is not complete. */
  get held(): number {
    return this.#headerFill + this.#payload.length;
  }

  /**
   * Takes the next bytes.
   *
   * @throws {ProtocolError} If they cannot be frames, or not the peer's.
   */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (!this.#inFrame) {
        at = this.#takeHeader(bytes, at);
        if (!this.#inFrame) return;
      }
      const piece = bytes.subarray(at, Math.min(bytes.length, at + this.#missing));
      at += piece.length;
      this.#missing -= piece.length;
      if (this.#type === FrameType.data) this.#passData(piece);
      else this.#collect(piece);
    }
  }

  #takeHeader(bytes: Uint8Array, at: number): number {
    if (this.#headerFill === 0 && bytes.length - at >= FRAME_HEADER_BYTES) {
      this.#begin(bytes, at);
      return at + FRAME_HEADER_BYTES;
    }
    while (this.#headerFill < FRAME_HEADER_BYTES && at < bytes.length) {
      this.#header[this.#headerFill++] = bytes[at++]!;
    }
    if (this.#headerFill === FRAME_HEADER_BYTES) {
      this.#headerFill = 0;
      this.#begin(this.#header, 0);
    }
    return at;
  }

  #begin(from: Uint8Array, at: number): void {
    const length = from[at]! << 16 | from[at + 1]! << 8 | from[at + 2]!;
    const flags = from[at + 4]!;
    this.#type = from[at + 3]!;
    this.#fin = flags === FIN;
    this.#slot = from[at + 5]! << 8 | from[at + 6]!;
    this.#generation = from[at + 7]!;
    this.#missing = length;
    this.#inFrame = true;
    this.#check(length, flags);
    if (this.#type === FrameType.data) {
      this.#sink.onDataStart(this.#slot, this.#generation, length);
    }
  }

  #check(length: number, flags: number): void {
    const type = this.#type;
    const rule = frameRule(type);
    if (rule === undefined) {
      throw new ProtocolError("bad_frame", `Cannot read a frame of type ${type}`);
    }
    if (length > rule.most) {
      throw new ProtocolError(
        "frame_too_large",
        `Cannot take a frame of type ${type} with ${length} bytes`,
      );
    }
    if (type >= FIRST_IGNORABLE_TYPE) return;
    if (length < rule.least || !this.#flagsFit(rule, flags) || !this.#nameFits(rule)) {
      throw new ProtocolError("bad_frame", `Cannot read the header of a frame of type ${type}`);
    }
    if (rule.sender !== "both" && rule.sender !== this.#peer) {
      throw new ProtocolError(
        "unexpected_frame",
        `Cannot take a frame of type ${type} from a ${this.#peer}`,
      );
    }
    if (type === FrameType.data && length === 0 && !this.#fin) {
      throw new ProtocolError("bad_frame", "Cannot take an empty data frame that ends nothing");
    }
  }

  #flagsFit(rule: FrameRule, flags: number): boolean {
    if ((flags & ~FIN) !== 0) return false;
    return rule.fin === "may" || this.#fin === (rule.fin === "must");
  }

  #nameFits(rule: FrameRule): boolean {
    return rule.stream || (this.#slot === 0 && this.#generation === 0);
  }

  #passData(piece: Uint8Array): void {
    if (piece.length > 0) this.#sink.onDataPiece(piece);
    if (this.#missing > 0) return;
    this.#inFrame = false;
    this.#sink.onDataEnd(this.#fin);
  }

  #collect(piece: Uint8Array): void {
    if (this.#missing === 0 && this.#payloadFill === 0) {
      this.#finish(piece);
      return;
    }
    if (this.#payload.length === 0) this.#payload = new Uint8Array(piece.length + this.#missing);
    this.#payload.set(piece, this.#payloadFill);
    this.#payloadFill += piece.length;
    if (this.#missing === 0) this.#finish(this.#payload);
  }

  #finish(payload: Uint8Array): void {
    this.#inFrame = false;
    // Heads are up to 192 KiB: nothing of that is kept between frames.
    this.#payload = NOTHING;
    this.#payloadFill = 0;
    this.#sink.onFrame(this.#type, this.#fin, this.#slot, this.#generation, payload);
  }
}
