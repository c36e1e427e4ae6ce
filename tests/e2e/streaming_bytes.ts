/**
 * Long bodies that need no memory, and what is needed to see that they came whole.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { SeededRandom } from "../support/seeded_random.ts";

const PIECE_BYTES = 64 * 1024;

/** A body of a size, made while it is read; no two pieces of it are alike. */
export function longBody(size: number, seed: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  const template = new SeededRandom(seed).bytes(PIECE_BYTES);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      const piece = template.slice(0, Math.min(PIECE_BYTES, size - at));
      // Two pieces that changed places must not have the same digest.
      if (piece.length >= 8) new DataView(piece.buffer).setFloat64(0, at);
      at += piece.length;
      if (piece.length > 0) controller.enqueue(piece);
      if (at >= size) controller.close();
    },
  }, { highWaterMark: 0 });
}

/** Reads a body to its end. */
export async function digestOf(
  body: ReadableStream<Uint8Array> | null,
  onPiece: (total: number) => void = () => {},
): Promise<{ readonly size: number; readonly digest: string }> {
  const hash = createHash("sha256");
  let size = 0;
  if (body !== null) {
    for await (const piece of body) {
      hash.update(piece);
      size += piece.length;
      onPiece(size);
    }
  }
  return { size, digest: hash.digest("hex") };
}

const MIB = 1024 * 1024;

/** True for the full sizes of the issue: `TUN_SOAK=1`; minutes, where the suite takes seconds. */
export const isSoak: boolean = Deno.env.get("TUN_SOAK") === "1";

/** A number for the suite, and another for the soak. */
export function sized(inSuite: number, inSoak: number): number {
  return isSoak ? inSoak : inSuite;
}

/** Bytes for people. */
export function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

/** Says what was measured; the figures of the report come from here. */
export function figure(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`    ${text}\n`));
}
