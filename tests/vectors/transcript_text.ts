/**
 * The transcript as text: every byte that arrived, cut where records and frames
 * begin, and what they say.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { RECORD_HEADER_BYTES, RecordType } from "../../protocol/link/record.ts";
import { FRAME_HEADER_BYTES } from "../../protocol/mux/frame.ts";
import { formatHex } from "./golden.ts";
import { formatMeaning, readFrame, readRecord } from "./meaning.ts";
import type { Arrival } from "./transcript.ts";

/** Cuts the byte stream of one direction, over all transports, into frames. */
class FrameCutter {
  #frame = new Uint8Array(0);

  /** Describes the next bytes of the stream. */
  *take(bytes: Uint8Array): Generator<string> {
    let at = 0;
    while (at < bytes.length) {
      const isRest = this.#frame.length > 0;
      const before = this.#frame.length;
      const joined = Uint8Array.of(...this.#frame, ...bytes.subarray(at));
      const end = joined.length < FRAME_HEADER_BYTES
        ? Infinity
        : FRAME_HEADER_BYTES + (joined[0]! << 16 | joined[1]! << 8 | joined[2]!);
      const isWhole = joined.length >= end;
      const frame = isWhole ? joined.slice(0, end) : joined;
      const piece = frame.subarray(before);
      at += piece.length;
      this.#frame = isWhole ? new Uint8Array(0) : frame;
      if (!isWhole) yield `  (the first ${frame.length} bytes of a frame of ${end})`;
      else if (isRest) yield `  (the rest of) ${formatMeaning(readFrame(frame))}`;
      else yield `  ${formatMeaning(readFrame(frame))}`;
      yield formatHex(encodeHex(piece));
    }
  }
}

/** The whole transcript. */
export async function formatTranscript(arrivals: readonly Arrival[]): Promise<string> {
  const cutters = { client: new FrameCutter(), server: new FrameCutter() };
  const lines: string[] = [];
  let transport = 0;
  for (const { transport: number, from, atMs, bytes } of arrivals) {
    if (number !== transport) {
      if (transport > 0) lines.push("", "(the transport breaks)");
      transport = number;
    }
    lines.push("", `${from} to ${other(from)}, transport ${number}, ${atMs} ms`);
    for await (const line of describe(bytes, cutters[from])) lines.push(line);
  }
  return lines.join("\n").trim();
}

async function* describe(bytes: Uint8Array, frames: FrameCutter): AsyncGenerator<string> {
  for (let at = 0; at < bytes.length;) {
    const length = bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!;
    const bodyAt = at + RECORD_HEADER_BYTES;
    const end = Math.min(bodyAt + length, bytes.length);
    if (bytes[at] === RecordType.data) {
      yield `DATA {"length":${length}}`;
      yield formatHex(encodeHex(bytes.subarray(at, bodyAt)));
      yield* frames.take(bytes.subarray(bodyAt, end));
    } else {
      const record = bytes.subarray(at, end);
      yield formatMeaning(await readRecord(record));
      yield formatHex(encodeHex(record));
    }
    at = end;
  }
}

function other(end: Arrival["from"]): Arrival["from"] {
  return end === "client" ? "server" : "client";
}
