/**
 * Committing a violation.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { decodeHex } from "@std/encoding/hex";
import type { Piece } from "../../vectors/violations.ts";
import type { ScriptedLink } from "./scripted_link.ts";

/** Repetitions go out in batches of about this many bytes, to stop once CLOSE is there. */
const BATCH_BYTES = 64 * 1024;

/** Sends what a vector says, until it is done or CLOSE has come. */
export async function commit(link: ScriptedLink, pieces: readonly Piece[]): Promise<void> {
  link.acknowledges = false;
  link.isStrict = false;
  for (const { hex, zeros = 0, times = 1 } of pieces) {
    const once = concat([decodeHex(hex), new Uint8Array(zeros)]);
    const atOnce = Math.min(times, Math.max(1, Math.floor(BATCH_BYTES / once.length)));
    const batch = concat(Array.from({ length: atOnce }, () => once));
    for (let sent = 0; sent < times && link.closed === undefined; sent += atOnce) {
      if (link.isEnded) return;
      await link.write(batch.subarray(0, Math.min(atOnce, times - sent) * once.length));
    }
  }
}
