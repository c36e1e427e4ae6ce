/**
 * The decoder of mux frames, from either end: any bytes give frames or a
 * protocol error, what it says of them is exactly what was there, and it holds
 * at most one frame.
 *
 * The first byte of the input says whose frames they are.
 *
 * @module
 */

import { ProtocolError } from "../../protocol/errors.ts";
import { MAX_DATA_BYTES, MAX_HEAD_BYTES } from "../../protocol/limits.ts";
import {
  FIN,
  FIRST_IGNORABLE_TYPE,
  FRAME_HEADER_BYTES,
  frameRule,
  FrameType,
  HEAD_LENGTH_BYTES,
  writeFrameHeader,
} from "../../protocol/mux/frame.ts";
import { FrameDecoder } from "../../protocol/mux/frame_decoder.ts";
import type { SeededRandom } from "../support/seeded_random.ts";
import { checkCuttings, Transcript } from "./cutting.ts";
import { join, mutate } from "./mutation.ts";
import { claim, type FuzzTarget } from "./target.ts";

const TYPES = Object.values(FrameType);
const CODES: ReadonlySet<string> = new Set(["bad_frame", "frame_too_large", "unexpected_frame"]);
const MOST_HELD = FRAME_HEADER_BYTES + HEAD_LENGTH_BYTES + MAX_HEAD_BYTES + MAX_DATA_BYTES;

function makeFrame(random: SeededRandom, peer: "server" | "client"): Uint8Array {
  const type = random.chance(0.1) ? random.between(FIRST_IGNORABLE_TYPE, 0xff) : random.pick(TYPES);
  const { least, most, stream, sender, fin } = frameRule(type)!;
  if (sender !== "both" && sender !== peer && random.chance(0.95)) return makeFrame(random, peer);
  const extra = random.chance(0.001) ? random.below(most - least + 1) : random.size(40);
  const payload = random.bytes(Math.min(most, least + extra));
  const isFin = fin === "must" || fin === "may" && (random.chance(0.3) || payload.length === 0);
  const frame = new Uint8Array(FRAME_HEADER_BYTES + payload.length);
  const name = stream ? [random.below(3), random.below(3)] as const : [0, 0] as const;
  const at = writeFrameHeader(frame, 0, payload.length, type, isFin ? FIN : 0, ...name);
  frame.set(payload, at);
  return frame;
}

function make(random: SeededRandom): Uint8Array {
  const role = random.below(2);
  const peer = role === 0 ? "server" : "client";
  const frames = random.chance(0.1)
    ? random.bytes(random.size(64))
    : join(Array.from({ length: random.between(1, 4) }, () => makeFrame(random, peer)));
  return join([Uint8Array.of(role), mutate(frames, random)]);
}

function check(input: Uint8Array): number {
  const peer = (input[0] ?? 0) % 2 === 0 ? "server" : "client";
  const bytes = input.subarray(1);
  checkCuttings(bytes, (feed) => {
    const transcript = new Transcript();
    let told = 0;
    let missing = 0;
    const decoder = new FrameDecoder({
      onFrame(type, fin, slot, generation, payload) {
        const rule = frameRule(type);
        claim(rule !== undefined && payload.length <= rule.most, `A frame of type ${type}`);
        const header = new Uint8Array(FRAME_HEADER_BYTES);
        const flags = fin ? FIN : 0;
        writeFrameHeader(header, 0, payload.length, type, flags, slot, generation);
        // What may be ignored may also have flags that mean something to others.
        if (type >= FIRST_IGNORABLE_TYPE && !fin) header[4] = bytes[told + 4]!;
        expect(header, told);
        expect(payload, told + FRAME_HEADER_BYTES);
        told += FRAME_HEADER_BYTES + payload.length;
        transcript.event(type, payload.length);
        transcript.bytes(payload);
      },
      onDataStart(slot, generation, length) {
        claim(length <= MAX_DATA_BYTES && missing === 0, `Data of ${length} bytes`);
        const header = new Uint8Array(FRAME_HEADER_BYTES);
        writeFrameHeader(header, 0, length, FrameType.data, bytes[told + 4]!, slot, generation);
        expect(header, told);
        told += FRAME_HEADER_BYTES;
        missing = length;
        transcript.event(FrameType.data, slot, generation, length);
      },
      onDataPiece(piece) {
        claim(piece.length > 0 && piece.length <= missing, `A piece of ${piece.length} bytes`);
        expect(piece, told);
        told += piece.length;
        missing -= piece.length;
        transcript.bytes(piece);
      },
      onDataEnd(fin) {
        claim(missing === 0, `The end before ${missing} bytes`);
        transcript.event(fin ? 1 : 0);
      },
    }, peer);

    function expect(found: Uint8Array, at: number): void {
      for (let i = 0; i < found.length; i++) {
        claim(found[i] === bytes[at + i], `Says ${found[i]} of byte ${at + i}`);
      }
    }

    try {
      feed((piece) => {
        decoder.push(piece);
        claim(decoder.held <= MOST_HELD, `Holds ${decoder.held} bytes`);
        return true;
      });
      const rest = bytes.length - told;
      claim(rest < FRAME_HEADER_BYTES || decoder.held > 0 || missing > 0, `Lost ${rest} bytes`);
    } catch (error) {
      if (!(error instanceof ProtocolError) || !CODES.has(error.code)) throw error;
      transcript.outcome = error.message;
    }
    return transcript;
  });
  return 1;
}

/** See the head of this file. */
export const framesTarget: FuzzTarget = { name: "frames", unit: "inputs", share: 1.5, make, check };
