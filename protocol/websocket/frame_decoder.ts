/**
 * Bytes in, events out: the receiving half of RFC 6455, without IO.
 *
 * Message boundaries mean nothing to a tunnel, so a payload is handed on as its
 * bytes arrive, fragments included, as views of the buffer that was pushed: it
 * is unmasked in place and never copied or collected. What a peer can make this
 * decoder hold is one header and one control payload.
 *
 * @module
 */

import {
  MAX_CONTROL_PAYLOAD_BYTES,
  MAX_HEADER_BYTES,
  MAX_MESSAGE_BYTES,
  Opcode,
  type WebSocketRole,
} from "./frame.ts";
import { applyMask } from "./mask.ts";
import { WebSocketViolation } from "./violation.ts";

/** What a decoder found. Its bytes are valid until the next call of `next()`. */
export type WebSocketEvent =
  /** Bytes of a binary message, never empty. */
  | { readonly kind: "data"; readonly bytes: Uint8Array }
  /** The peer wants a pong with this payload. */
  | { readonly kind: "ping"; readonly payload: Uint8Array }
  /** The answer to a ping, or an unasked one. */
  | { readonly kind: "pong"; readonly payload: Uint8Array }
  /** The peer sends nothing more; 1005 stands for a Close without a code. */
  | { readonly kind: "close"; readonly code: number; readonly reason: string };

/** How to set up a {@linkcode FrameDecoder}. */
export interface FrameDecoderOptions {
  /** The end that we are: a server takes only masked frames, a client only unmasked ones. */
  readonly role: WebSocketRole;
  /** The largest message with all its fragments; {@linkcode MAX_MESSAGE_BYTES} without. */
  readonly maxMessageBytes?: number;
}

/** RFC 6455, 7.4.1: the code that stands for "the Close frame had none". */
const NO_CLOSE_CODE = 1005;

const NOTHING = new Uint8Array(0);
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Takes a peer's frames apart, however the network cut them. */
export class FrameDecoder {
  readonly #masked: boolean;
  readonly #maxMessageBytes: number;

  #input: Uint8Array = NOTHING;
  #position = 0;

  readonly #header = new Uint8Array(MAX_HEADER_BYTES);
  #headerBytes = 0;

  /** Between frames, in a data frame's payload, or in a control frame's. */
  #place: "header" | "data" | "control" | "closed" = "header";
  #opcode = 0;
  #final = false;
  readonly #key = new Uint8Array(4);
  #payloadBytes = 0;
  #payloadDone = 0;

  #inMessage = false;
  #messageBytes = 0;

  /** Made when the first control frame comes; most peers never send one. */
  #control: Uint8Array | null = null;
  #violation: WebSocketViolation | null = null;

  /** Makes a decoder that stands before the first frame. */
  constructor(options: FrameDecoderOptions) {
    this.#masked = options.role === "server";
    this.#maxMessageBytes = options.maxMessageBytes ?? MAX_MESSAGE_BYTES;
  }

  /**
   * Gives the decoder its next bytes, which it writes to when it unmasks them.
   * The bytes before must have been used up: `next()` has returned `null`.
   */
  push(bytes: Uint8Array): void {
    if (this.#position < this.#input.length && this.#place !== "closed") {
      throw new RangeError(
        "Cannot push as bytes of the last push are left: call next() until null",
      );
    }
    this.#input = bytes;
    this.#position = 0;
  }

  /**
   * Gives the next event, or `null` when the pushed bytes are used up.
   *
   * Everything after a Close frame is ignored, as the RFC wants it.
   *
   * @throws {WebSocketViolation} The peer broke the rules; every later call throws it again.
   */
  next(): WebSocketEvent | null {
    if (this.#violation !== null) throw this.#violation;
    try {
      return this.#next();
    } catch (error) {
      if (error instanceof WebSocketViolation) this.#violation = error;
      this.#input = NOTHING;
      throw error;
    }
  }

  #next(): WebSocketEvent | null {
    for (;;) {
      switch (this.#place) {
        case "closed":
          this.#input = NOTHING;
          return null;
        case "header":
          if (!this.#takeHeader()) return null;
          break;
        case "data": {
          const piece = this.#takePayload();
          if (this.#payloadDone === this.#payloadBytes) this.#endDataFrame();
          if (piece !== null) return { kind: "data", bytes: piece };
          if (this.#place === "data") return null;
          break;
        }
        case "control": {
          const control = this.#control ??= new Uint8Array(MAX_CONTROL_PAYLOAD_BYTES);
          const at = this.#payloadDone;
          const piece = this.#takePayload();
          if (piece !== null) control.set(piece, at);
          if (this.#payloadDone < this.#payloadBytes) return null;
          return this.#endControlFrame(control.subarray(0, this.#payloadBytes));
        }
      }
    }
  }

  /** Collects a header; true once it is whole and found good. */
  #takeHeader(): boolean {
    let needed = this.#neededHeaderBytes();
    while (this.#headerBytes < needed) {
      if (this.#position === this.#input.length) return false;
      this.#header[this.#headerBytes++] = this.#input[this.#position++]!;
      if (this.#headerBytes === 2) {
        this.#checkOpening(this.#header[0]!, this.#header[1]!);
        needed = this.#neededHeaderBytes();
      }
    }
    this.#beginPayload(needed);
    return true;
  }

  #neededHeaderBytes(): number {
    if (this.#headerBytes < 2) return 2;
    const length = this.#header[1]! & 0x7f;
    const extended = length === 127 ? 8 : length === 126 ? 2 : 0;
    return 2 + extended + (this.#masked ? 4 : 0);
  }

  /** Everything that the first two bytes alone can show to be wrong. */
  #checkOpening(first: number, second: number): void {
    if ((first & 0x70) !== 0) throw violation("a reserved bit is set");
    const opcode = first & 0x0f;
    const final = (first & 0x80) !== 0;
    switch (opcode) {
      case Opcode.continuation:
        if (!this.#inMessage) throw violation("a continuation without a message");
        break;
      case 0x1:
        throw new WebSocketViolation("text_message", "A text message where only binary is spoken");
      case Opcode.binary:
        if (this.#inMessage) throw violation("a new message inside another");
        break;
      case Opcode.close:
      case Opcode.ping:
      case Opcode.pong:
        if (!final) throw violation("a fragmented control frame");
        if ((second & 0x7f) > MAX_CONTROL_PAYLOAD_BYTES) throw violation("a long control frame");
        break;
      default:
        throw violation(`an unknown opcode: ${opcode}`);
    }
    if (((second & 0x80) !== 0) !== this.#masked) {
      throw violation(this.#masked ? "a client's frame without a mask" : "a masked server frame");
    }
    this.#opcode = opcode;
    this.#final = final;
  }

  #beginPayload(headerBytes: number): void {
    const header = this.#header;
    const short = header[1]! & 0x7f;
    let length = short;
    if (short === 126) {
      length = header[2]! * 0x100 + header[3]!;
      if (length < 126) throw violation("a length that is not in its shortest form");
    } else if (short === 127) {
      if ((header[2]! & 0x80) !== 0) throw violation("a length above 2^63");
      length = 0;
      for (let i = 2; i < 10; i++) length = length * 0x100 + header[i]!;
      if (length <= 0xffff) throw violation("a length that is not in its shortest form");
    }

    const control = this.#opcode >= Opcode.close;
    if (!control) {
      this.#messageBytes = (this.#inMessage ? this.#messageBytes : 0) + length;
      if (this.#messageBytes > this.#maxMessageBytes) {
        throw new WebSocketViolation(
          "message_too_big",
          `A message of more than ${this.#maxMessageBytes} bytes`,
        );
      }
      this.#inMessage = true;
    }
    if (this.#masked) this.#key.set(header.subarray(headerBytes - 4, headerBytes));
    this.#payloadBytes = length;
    this.#payloadDone = 0;
    this.#headerBytes = 0;
    this.#place = control ? "control" : "data";
  }

  /** The part of the payload that is here, unmasked in place; `null` for none. */
  #takePayload(): Uint8Array | null {
    const here = this.#input.length - this.#position;
    const size = Math.min(here, this.#payloadBytes - this.#payloadDone);
    if (size === 0) return null;
    const piece = this.#input.subarray(this.#position, this.#position + size);
    if (this.#masked) applyMask(piece, this.#key, this.#payloadDone & 3);
    this.#position += size;
    this.#payloadDone += size;
    return piece;
  }

  #endDataFrame(): void {
    this.#place = "header";
    this.#inMessage = !this.#final;
  }

  #endControlFrame(payload: Uint8Array): WebSocketEvent {
    this.#place = "header";
    if (this.#opcode === Opcode.ping) return { kind: "ping", payload };
    if (this.#opcode === Opcode.pong) return { kind: "pong", payload };
    const event = readClose(payload);
    this.#place = "closed";
    return event;
  }
}

function readClose(payload: Uint8Array): WebSocketEvent {
  if (payload.length === 0) return { kind: "close", code: NO_CLOSE_CODE, reason: "" };
  if (payload.length === 1) throw violation("a close code of one byte");
  const code = payload[0]! * 0x100 + payload[1]!;
  if (!maySendCloseCode(code)) throw violation(`the close code ${code}`);
  try {
    return { kind: "close", code, reason: strictUtf8.decode(payload.subarray(2)) };
  } catch {
    throw new WebSocketViolation("invalid_utf8", "A close reason that is not UTF-8");
  }
}

/** RFC 6455, 7.4: the codes that may be on the wire. */
function maySendCloseCode(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

function violation(what: string): WebSocketViolation {
  return new WebSocketViolation("protocol_error", `The peer sent ${what}`);
}
