/**
 * Makes JSON objects that are nearly what a decoder wants: right but for a key
 * that is missing, of another type, out of range, or not meant.
 *
 * @module
 */

import type { SeededRandom } from "../support/seeded_random.ts";

const NUMBERS = ["-1", "-0", "0", "1", "65535", "65536", "1e3", "1.5", "1e999", "9007199254740993"];
const STRANGE = [
  "null",
  "true",
  "false",
  '""',
  '"\\ud800"',
  '"\\u0000"',
  "[]",
  "{}",
  "[1,2]",
  '{"a":[{}]}',
  '{"length":3}',
  ...NUMBERS,
];
const STRANGE_KEYS = ["__proto__", "constructor", "toString", "hasOwnProperty", "", "type", "é"];

/** `object` as JSON, with any value in it, or all of it, strange now and then. */
export function strangeJson(object: Record<string, unknown>, random: SeededRandom): string {
  if (random.chance(0.01)) return random.pick(STRANGE);
  // Half of them are right, so that what comes behind the first check is reached.
  const rate = random.chance(0.5) ? 0 : 0.15;
  const fields: string[] = [];
  for (const [key, value] of Object.entries(object)) {
    if (random.chance(rate / 2)) continue;
    fields.push(`${JSON.stringify(key)}:${strangeValue(value, random, rate)}`);
    if (random.chance(rate / 4)) fields.push(fields.at(-1)!);
  }
  if (random.chance(0.1)) {
    fields.push(`${JSON.stringify(random.pick(STRANGE_KEYS))}:${random.pick(STRANGE)}`);
  }
  if (random.chance(rate)) fields.reverse();
  return `{${fields.join(random.chance(0.1) ? ",\n " : ",")}}`;
}

function strangeValue(value: unknown, random: SeededRandom, rate: number): string {
  if (random.chance(rate)) return random.pick(STRANGE);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return strangeJson(value as Record<string, unknown>, random);
  }
  if (typeof value === "number" && random.chance(rate)) return random.pick(NUMBERS);
  return JSON.stringify(value);
}
