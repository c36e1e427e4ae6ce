/**
 * What is fuzzed, in the one shape that all of it has: bytes in, and an error
 * thrown if something is wrong. Bytes are the input of a decoder, or the tape
 * from which a simulation takes its decisions; so any failure is a string of hex
 * that can be kept, made smaller, and tried again for ever.
 *
 * @module
 */

import type { SeededRandom } from "../support/seeded_random.ts";

/** One thing to fuzz. */
export interface FuzzTarget {
  /** Names it on the command line and in the corpus; a folder's name. */
  readonly name: string;
  /** What {@linkcode FuzzTarget.check} counts. */
  readonly unit: "inputs" | "events";
  /** Its part of the time box, in relation to the others'. */
  readonly share: number;
  /** Makes an input. */
  make(random: SeededRandom): Uint8Array;
  /**
   * Tries an input, with nothing but it to decide what happens, and returns how
   * many units it was worth.
   *
   * @throws Whatever is wrong.
   */
  check(input: Uint8Array): number | Promise<number>;
}

/** Fails the present input unless `holds`. */
export function claim(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}
