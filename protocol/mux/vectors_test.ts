import { assertEquals } from "@std/assert";
import { decodeHex, encodeHex } from "@std/encoding/hex";
import { chunkings } from "../../tests/support/chunkings.ts";
import { FrameRecorder, openHeadBytes, rawFrame, withHead } from "../../tests/support/mux_raw.ts";
import { responseHeadBytes } from "../../tests/support/mux_raw.ts";
import vectors from "../../tests/vectors/mux_frames.json" with { type: "json" };
import { type Control, decodeControl, encodeControl } from "./control.ts";
import { FIN, FrameType } from "./frame.ts";
import { FrameDecoder } from "./frame_decoder.ts";
import { type OpenHead, readOpenHead, readResponseHead, type ResponseHead } from "./head.ts";

/** What a vector says; texts are Latin-1. */
interface Meaning {
  readonly type: string;
  readonly slot: number;
  readonly generation: number;
  readonly fin: boolean;
  readonly head?: Record<string, unknown>;
  readonly body?: string;
  readonly payload?: string;
  readonly bytes?: number;
  readonly code?: number;
  readonly control?: Control;
}

interface Vector {
  readonly name: string;
  readonly sender: "server" | "client";
  readonly hex: string;
  readonly meaning: Meaning;
}

const VECTORS = vectors as unknown as readonly Vector[];

const latin1 = (text = "") => Uint8Array.from(text, (character) => character.charCodeAt(0));
const text = (bytes: Uint8Array) => String.fromCharCode(...bytes);

function typeOf(name: string): number {
  if (name.startsWith("0x")) return Number(name);
  const key = name.toLowerCase().replace(/_(.)/g, (_, letter) => letter.toUpperCase());
  return FrameType[key as keyof typeof FrameType];
}

function bigEndian(value: number, bytes: 2 | 4): Uint8Array {
  const payload = new Uint8Array(4);
  new DataView(payload.buffer).setUint32(0, value);
  return payload.subarray(4 - bytes);
}

/** The payload that our encoders make of a meaning. */
function encode(meaning: Meaning): Uint8Array {
  const { head, control, bytes, code } = meaning;
  if (control !== undefined) return encodeControl(control).payload;
  if (bytes !== undefined) return bigEndian(bytes, 4);
  if (code !== undefined) return bigEndian(code, 2);
  if (head === undefined) return latin1(meaning.payload);
  const full = { ...head, headers: latin1(head.headers as string | undefined) };
  const encoded = "status" in head
    ? responseHeadBytes(full as unknown as ResponseHead)
    : openHeadBytes(full as unknown as OpenHead);
  return withHead(encoded, latin1(meaning.body));
}

/** What our decoders make of a payload. */
function decode(type: number, payload: Uint8Array): Partial<Meaning> {
  if (type === FrameType.open || type === FrameType.response) {
    const end = 3 + (payload[0]! << 16 | payload[1]! << 8 | payload[2]!);
    const read = type === FrameType.open ? readOpenHead : readResponseHead;
    const head: Record<string, unknown> = { ...read(payload.subarray(3, end)) };
    if ("headers" in head) head.headers = text(head.headers as Uint8Array);
    return { head, body: text(payload.subarray(end)) };
  }
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  if (type === FrameType.credit) return { bytes: view.getUint32(0) };
  if (type === FrameType.reset) return { code: view.getUint16(0) };
  if (type === FrameType.data || type === FrameType.trailers) return { payload: text(payload) };
  return type >= 0x80 ? {} : { control: decodeControl(type, payload) };
}

Deno.test("The golden frames mean what they say, however they are cut", () => {
  for (const { name, sender, hex, meaning } of VECTORS) {
    for (const { name: cut, pieces } of chunkings(decodeHex(hex))) {
      const recorder = new FrameRecorder();
      const decoder = new FrameDecoder(recorder, sender);
      for (const piece of pieces) decoder.push(piece);
      const [{ type, payload, ...rest }, ...more] = recorder.frames as [
        FrameRecorder["frames"][number],
      ];
      const decoded = { ...rest, ...decode(type, payload), type: meaning.type };
      assertEquals([type, more.length], [typeOf(meaning.type), 0], `${name}, ${cut}`);
      assertEquals<unknown>(decoded, meaning, `${name}, ${cut}`);
    }
  }
});

Deno.test("The golden frames are what we send", () => {
  for (const { name, hex, meaning } of VECTORS) {
    // What to put into frames that are to be ignored is nobody's business.
    if (meaning.type.startsWith("0x")) continue;
    const { slot, generation, fin } = meaning;
    const fields = { slot, generation, flags: fin ? FIN : 0, payload: encode(meaning) };
    assertEquals(encodeHex(rawFrame(typeOf(meaning.type), fields)), hex, name);
  }
});

Deno.test("There is a golden frame of every type", () => {
  const types = new Set(VECTORS.map(({ meaning }) => typeOf(meaning.type)));
  assertEquals([...types].sort((a, b) => a - b), [...Object.values(FrameType), 0x80]);
});
