/**
 * Ranges of ports: `20000-60000`, or one port.
 *
 * @module
 */

import type { PortRange } from "../registry/port_range.ts";
import { integerIn } from "./quantity.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Reads a range.
 *
 * @throws {UsageError} In one line that says what was expected.
 */
export function parsePortRange(text: string, origin: string): PortRange {
  const [, from = "", to = from] = /^(\d+)(?:\s*-\s*(\d+))?$/.exec(text) ?? [];
  const first = integerIn(from, 1, 65_535);
  const last = integerIn(to, 1, 65_535);
  const shown = JSON.stringify(text);
  if (first === undefined || last === undefined) {
    throw new UsageError(`${origin}: expected ports from 1 to 65535 (20000-60000), got ${shown}`);
  }
  if (first > last) {
    throw new UsageError(`${origin}: expected the lower port first, got ${shown}`);
  }
  return { first, last };
}
