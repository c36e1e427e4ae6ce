/**
 * The ways in which a network can cut the same bytes. A decoder that has passed
 * all of them does not depend on where a packet ended.
 *
 * @module
 */

/** One way to feed some bytes. The pieces are fresh memory, a decoder may change them. */
export interface Chunking {
  /** Says which way this is, for a failing assertion. */
  readonly name: string;
  /** The bytes, in order. */
  readonly pieces: Uint8Array[];
}

/** What to leave out or add; the defaults suit messages of up to a few hundred bytes. */
export interface ChunkingOptions {
  /** Longer inputs are not tried at every split, which takes a square of the time. */
  readonly everySplitUpTo?: number;
  /** How many random cuts to try. */
  readonly random?: number;
  /** Where the random cuts start from; part of their name. */
  readonly seed?: number;
  /** Bytes that do not belong to the message, fed in one piece with its end. */
  readonly trailing?: Uint8Array;
}

/** Gives `bytes` whole, byte by byte, split in two at every place, and cut at random. */
export function* chunkings(bytes: Uint8Array, options: ChunkingOptions = {}): Generator<Chunking> {
  const { everySplitUpTo = 2048, random = 8, seed = 1, trailing } = options;
  yield { name: "whole", pieces: cut(bytes, []) };
  yield { name: "byte by byte", pieces: cut(bytes, Array.from(bytes.keys()).slice(1)) };
  if (bytes.length <= everySplitUpTo) {
    for (let at = 1; at < bytes.length; at++) {
      yield { name: `split at ${at}`, pieces: cut(bytes, [at]) };
    }
  }
  for (let round = 0; round < random; round++) {
    const next = mulberry32(seed + round);
    const places: number[] = [];
    for (let at = 0;;) {
      // Small and large pieces are equally likely, whatever the input's length.
      at += 1 + Math.floor(2 ** (next() * Math.log2(bytes.length + 1)));
      if (at >= bytes.length) break;
      places.push(at);
    }
    yield { name: `random cuts, seed ${seed + round}`, pieces: cut(bytes, places) };
  }
  if (trailing !== undefined) {
    const longer = new Uint8Array(bytes.length + trailing.length);
    longer.set(bytes);
    longer.set(trailing, bytes.length);
    yield { name: "with trailing bytes", pieces: [longer] };
  }
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (const at of [...places, bytes.length]) {
    if (at > from) pieces.push(bytes.slice(from, at));
    from = at;
  }
  return pieces;
}

/** A small seeded generator (Tommy Ettinger's mulberry32): the same cuts every run. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
