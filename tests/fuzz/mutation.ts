/**
 * Makes wrong bytes of right ones, in the ways in which parsers are surprised.
 *
 * @module
 */

import type { SeededRandom } from "../support/seeded_random.ts";

const INTERESTING = [0, 1, 2, 3, 7, 8, 0x0f, 0x10, 0x7f, 0x80, 0xf0, 0xfe, 0xff];

/** Puts arrays behind each other. */
export function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Makes up to `most` changes, and none as often as any other number. */
export function mutate(bytes: Uint8Array, random: SeededRandom, most = 3): Uint8Array {
  let changed = bytes;
  for (let left = random.between(0, most); left > 0; left--) changed = change(changed, random);
  return changed;
}

function change(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + random.size(24));
  const before = bytes.subarray(0, at);
  switch (random.below(8)) {
    case 0:
      return before;
    case 1:
      return join([before, bytes.subarray(end)]);
    case 2:
      return join([before, random.bytes(random.size(16)), bytes.subarray(at)]);
    case 3:
      return join([bytes.subarray(0, end), bytes.subarray(at)]);
    case 4:
      return join([before, random.bytes(end - at), bytes.subarray(end)]);
    default: {
      const copy = bytes.slice();
      if (at === copy.length) return copy;
      copy[at] = random.chance(0.5) ? copy[at]! ^ 1 << random.below(8) : random.pick(INTERESTING);
      return copy;
    }
  }
}
