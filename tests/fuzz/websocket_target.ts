/**
 * The decoder of WebSocket frames, as either end: any bytes give events or a
 * violation that stays, nothing follows a Close, and no payload is kept but a
 * control frame's. What it says of data is compared with a second decoder, which
 * is as short as the RFC allows and only knows whole inputs.
 *
 * Of the first byte of the input one bit is the role and one the message limit.
 *
 * @module
 */

import {
  MAX_CONTROL_PAYLOAD_BYTES,
  MAX_MESSAGE_BYTES,
  Opcode,
  type WebSocketRole,
} from "../../protocol/websocket/frame.ts";
import { FrameDecoder, type WebSocketEvent } from "../../protocol/websocket/frame_decoder.ts";
import { closePayload, encodeFrame } from "../../protocol/websocket/frame_encoder.ts";
import { WebSocketViolation } from "../../protocol/websocket/violation.ts";
import type { SeededRandom } from "../support/seeded_random.ts";
import { checkCuttings, Transcript } from "./cutting.ts";
import { join, mutate } from "./mutation.ts";
import { claim, type FuzzTarget } from "./target.ts";

/** Small enough to be reached by a few frames. */
const SMALL_MESSAGE_BYTES = 100;

const OPCODES = [
  Opcode.binary,
  Opcode.binary,
  Opcode.binary,
  Opcode.continuation,
  Opcode.continuation,
  Opcode.ping,
  Opcode.pong,
  Opcode.close,
];
const CLOSE_CODES = [1000, 1001, 1004, 1005, 1006, 1014, 1015, 2999, 3000, 4999, 5000];

function makeFrame(random: SeededRandom, masked: boolean): Uint8Array {
  const opcode = random.pick(OPCODES);
  const isControl = opcode >= Opcode.close;
  const length = !isControl && random.chance(0.02) ? random.size(70_000) : random.size(60);
  const payload = opcode === Opcode.close && random.chance(0.9)
    ? closePayload(random.pick(CLOSE_CODES), "é".repeat(random.size(20)))
    : random.bytes(length);
  const frame = new Uint8Array(payload.length + 14);
  const size = encodeFrame(frame, opcode, payload, masked ? random.bytes(4) : undefined);
  if (!isControl && random.chance(0.4)) frame[0]! &= 0x7f;
  return frame.subarray(0, size);
}

function make(random: SeededRandom): Uint8Array {
  const settings = random.below(4);
  const masked = (settings & 1) === 0;
  const bytes = random.chance(0.1)
    ? random.bytes(random.size(64))
    : join(Array.from({ length: random.between(1, 5) }, () => makeFrame(random, masked)));
  return join([Uint8Array.of(settings), mutate(bytes, random, 2)]);
}

function check(input: Uint8Array): number {
  const settings = input[0] ?? 0;
  const role = (settings & 1) === 0 ? "server" : "client";
  const maxMessageBytes = (settings & 2) === 0 ? SMALL_MESSAGE_BYTES : MAX_MESSAGE_BYTES;
  const bytes = input.subarray(1);
  const expected = referee(bytes, role);
  checkCuttings(bytes, (feed) => {
    const transcript = new Transcript();
    const decoder = new FrameDecoder({ role, maxMessageBytes });
    let data = 0;
    let closed = false;
    const take = (event: WebSocketEvent, piece: Uint8Array) => {
      claim(!closed, `A ${event.kind} after the close`);
      switch (event.kind) {
        case "data":
          claim(event.bytes.length > 0, "Empty data");
          claim(event.bytes.buffer === piece.buffer, "Data that was copied");
          for (const byte of event.bytes) {
            claim(byte === expected[data++], `Data differs from the referee's at ${data - 1}`);
          }
          return transcript.bytes(event.bytes);
        case "close":
          closed = true;
          transcript.event(event.code);
          return transcript.bytes(new TextEncoder().encode(event.reason));
        default:
          claim(event.payload.length <= MAX_CONTROL_PAYLOAD_BYTES, `A long ${event.kind}`);
          transcript.event(event.kind === "ping" ? 1 : 2, event.payload.length);
          return transcript.bytes(event.payload);
      }
    };
    try {
      feed((piece) => {
        decoder.push(piece);
        for (let event = decoder.next(); event !== null; event = decoder.next()) take(event, piece);
        return true;
      });
      transcript.outcome = closed ? "closed" : "open";
    } catch (error) {
      if (!(error instanceof WebSocketViolation)) throw error;
      claim(!closed, "A violation after the close");
      transcript.outcome = `${error.code}: ${error.message}`;
      claim(failsAgain(decoder, error), "A violation that does not stay");
    }
    return transcript;
  });
  return 1;
}

function failsAgain(decoder: FrameDecoder, violation: WebSocketViolation): boolean {
  try {
    decoder.next();
  } catch (error) {
    return error === violation;
  }
  return false;
}

/** The bytes of data frames, as far as there is anything like a frame, for better or worse. */
function referee(bytes: Uint8Array, role: WebSocketRole): number[] {
  const data: number[] = [];
  const maskBytes = role === "server" ? 4 : 0;
  for (let at = 0; at + 2 <= bytes.length;) {
    const isData = (bytes[at]! & 0x08) === 0;
    let length = bytes[at + 1]! & 0x7f;
    at += 2;
    const extended = length === 126 ? 2 : length === 127 ? 8 : 0;
    if (extended > 0) {
      length = 0;
      for (let i = 0; i < extended; i++) length = length * 256 + (bytes[at + i] ?? 0);
    }
    at += extended;
    const payload = at + maskBytes;
    const end = Math.min(bytes.length, payload + length);
    for (let i = payload; isData && i < end; i++) {
      data.push(bytes[i]! ^ (maskBytes === 0 ? 0 : bytes[at + ((i - payload) & 3)]!));
    }
    at = payload + length;
  }
  return data;
}

/** See the head of this file. */
export const websocketTarget: FuzzTarget = {
  name: "websocket",
  unit: "inputs",
  share: 1.5,
  make,
  check,
};
