/**
 * Runs one target for some time.
 *
 * @module
 */

import { mixSeeds, SeededRandom, seedOf } from "../support/seeded_random.ts";
import { shrink } from "./shrinking.ts";
import type { FuzzTarget } from "./target.ts";

/** An input that broke something. */
export interface FuzzFailure {
  /** What was thrown. */
  readonly error: unknown;
  /** The input's number in the run. */
  readonly caseNumber: number;
  /** The input as it was made. */
  readonly input: Uint8Array;
  /** The least of it that still fails. */
  readonly shrunk: Uint8Array;
}

/** What became of a target. */
export interface FuzzResult {
  /** Inputs that were tried. */
  readonly cases: number;
  /** What they were worth, in the target's unit. */
  readonly units: number;
  /** How long it took. */
  readonly ms: number;
  /** The first failure, which ends the run. */
  readonly failure?: FuzzFailure;
}

/** How long to run. */
export interface FuzzBounds {
  /** Milliseconds. */
  readonly ms: number;
  /** The first case; those before it are skipped. @default {0} */
  readonly firstCase?: number;
  /** Cases at most. @default {Infinity} */
  readonly cases?: number;
  /** Told of the case that is about to be tried. */
  readonly onCase?: (caseNumber: number) => void;
}

/** The input of one case: it depends on nothing but these three. */
export function makeCase(target: FuzzTarget, seed: number, caseNumber: number): Uint8Array {
  const name = seedOf(new TextEncoder().encode(target.name));
  return target.make(new SeededRandom(mixSeeds(seed, name, caseNumber)));
}

/** Tries inputs until one fails or the time is up. */
export async function fuzz(
  target: FuzzTarget,
  seed: number,
  { ms, firstCase = 0, cases: most = Infinity, onCase }: FuzzBounds,
): Promise<FuzzResult> {
  const start = performance.now();
  let cases = 0;
  let units = 0;
  while (cases < most && performance.now() - start < ms) {
    const caseNumber = firstCase + cases;
    onCase?.(caseNumber);
    const input = makeCase(target, seed, caseNumber);
    cases++;
    try {
      const worth = target.check(input);
      // Most targets are synchronous, and a turn of the event loop costs more than a case.
      units += typeof worth === "number" ? worth : await worth;
    } catch (error) {
      const failure = { error, caseNumber, input, shrunk: await shrinkLike(target, input, error) };
      return { cases, units, ms: performance.now() - start, failure };
    }
  }
  return { cases, units, ms: performance.now() - start };
}

/** Shrinks without slipping into another failure than the one that was found. */
async function shrinkLike(
  target: FuzzTarget,
  input: Uint8Array,
  error: unknown,
): Promise<Uint8Array> {
  const kind = kindOf(error);
  return await shrink(input, async (candidate) => {
    try {
      await target.check(candidate);
      return false;
    } catch (other) {
      return kindOf(other) === kind;
    }
  });
}

/** An error without the numbers in its message, which change as the input shrinks. */
function kindOf(error: unknown): string {
  return error instanceof Error
    ? `${error.name}: ${error.message.replaceAll(/\d+/g, "0")}`
    : String(error);
}
