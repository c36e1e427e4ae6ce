import { assert } from "@std/assert";
import { EarlyPeer } from "./early_peer.ts";

const EARLY = 32 * 1024;
const LATE = 128 * 1024;

function peerOf(...acknowledged: number[]): EarlyPeer {
  const peer = new EarlyPeer();
  for (const bytes of acknowledged) peer.onLone(bytes);
  return peer;
}

const times = (count: number, bytes: number): number[] => Array<number>(count).fill(bytes);

Deno.test("A peer is known to acknowledge early after eight times", () => {
  assert(!peerOf(...times(7, EARLY)).isKnown);
  assert(peerOf(...times(8, EARLY)).isKnown);
});

Deno.test("A peer that always waits is never taken for another", () => {
  assert(!peerOf(...times(1000, LATE)).isKnown);
});

Deno.test("A peer that waits every second time is not relied upon", () => {
  assert(!peerOf(...times(100, 0).flatMap(() => [EARLY, LATE])).isKnown);
});

Deno.test("A late acknowledgement by chance changes nothing, three in a row do", () => {
  assert(peerOf(...times(100, EARLY), LATE, LATE).isKnown);
  assert(!peerOf(...times(100, EARLY), LATE, LATE, LATE).isKnown);
});
