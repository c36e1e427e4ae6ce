/**
 * Feeds a decoder the same input cut in different ways and insists that it makes
 * no difference. Every piece is overwritten as soon as the decoder has returned,
 * so that one which kept a view of it is found out.
 *
 * @module
 */

import { SeededRandom, seedOf } from "../support/seeded_random.ts";
import { claim } from "./target.ts";

/** What a decoder has said, as a number that does not depend on how it was cut. */
export class Transcript {
  #hash = 0x811c9dc5;
  #events = 0;
  /** How it ended. */
  outcome = "open";

  /** Adds something that was found. */
  event(...numbers: readonly number[]): void {
    this.#events++;
    for (const number of numbers) this.#add(number | 0x100);
  }

  /** Adds bytes; two calls are the same as one with both. */
  bytes(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) this.#add(bytes[i]!);
  }

  /** The whole as text. */
  toString(): string {
    return `${this.#events} events, hash ${this.#hash >>> 0}, ${this.outcome}`;
  }

  #add(number: number): void {
    this.#hash = Math.imul(this.#hash ^ number, 0x01000193);
    this.#hash ^= this.#hash >>> 15;
  }
}

/** Takes a piece; `false` ends the feeding. */
export type Push = (piece: Uint8Array) => boolean;

/** Feeds `input` whole, byte by byte and cut at random; the transcripts must be the same. */
export function checkCuttings(
  input: Uint8Array,
  decode: (feed: (push: Push) => void) => Transcript,
): void {
  const whole = decode((push) => void push(input.slice())).toString();
  const single = decode((push) => cut(input, () => 1, push)).toString();
  claim(whole === single, `Whole: ${whole}; byte by byte: ${single}`);
  const random = new SeededRandom(seedOf(input));
  const pieces = decode((push) => cut(input, () => 1 + random.size(input.length), push)).toString();
  claim(whole === pieces, `Whole: ${whole}; in pieces: ${pieces}`);
}

function cut(input: Uint8Array, next: () => number, push: Push): void {
  const scratch = input.slice();
  for (let at = 0; at < scratch.length;) {
    const piece = scratch.subarray(at, at + next());
    if (!push(piece)) return;
    at += piece.length;
    piece.fill(0xee);
  }
}
