/**
 * A rule of PROTOCOL.md that can be checked, and how it is broken.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";

/** Something that the other end must do. */
export interface Rule<Context> {
  /** The rule in one line. */
  readonly name: string;
  /** The section of PROTOCOL.md that says so. */
  readonly section: number;
  /**
   * Checks it.
   *
   * @throws {RuleBroken | RuleSkipped}
   */
  check(context: Context): Promise<void>;
}

/** The other end did not do what it must. */
export class RuleBroken extends Error {
  override readonly name = "RuleBroken";
}

/** The rule cannot be checked here. */
export class RuleSkipped extends Error {
  override readonly name = "RuleSkipped";
}

/** Fails with what was expected and what came. */
export function broken(expected: string, came: string): RuleBroken {
  return new RuleBroken(`expected: ${expected}\ncame:     ${came}`);
}

/** Insists on equal values that can be written as JSON. */
export function mustEqual(actual: unknown, expected: unknown, what: string): void {
  const [came, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (came !== wanted) throw broken(`${what} ${wanted}`, came ?? "nothing");
}

/** Insists that something holds. */
export function must(holds: boolean, expected: string, came: string): void {
  if (!holds) throw broken(expected, came);
}

/** Insists on equal bytes, and says where they differ. */
export function mustEqualBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  let at = 0;
  while (at < expected.length && actual[at] === expected[at]) at++;
  if (at === expected.length && actual.length === expected.length) return;
  throw broken(
    `${what}, ${expected.length} bytes, at ${at}: ${hex(expected.subarray(at))}`,
    `${actual.length} bytes, at ${at}: ${hex(actual.subarray(at))}`,
  );
}

const MOST_SHOWN_BYTES = 48;

/** The beginning of some bytes, for people. */
export function hex(bytes: Uint8Array): string {
  const shown = encodeHex(bytes.subarray(0, MOST_SHOWN_BYTES)).replace(/../g, "$& ").trim();
  const rest = bytes.length - MOST_SHOWN_BYTES;
  return rest > 0 ? `${shown} … and ${rest} more` : shown || "nothing";
}
