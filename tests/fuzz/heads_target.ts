/**
 * The codec of heads in OPEN and RESPONSE: any bytes give a head or `bad_frame`,
 * and a head that was read is written as the bytes that it was read from.
 *
 * The first byte of the input says which of the two it is.
 *
 * @module
 */

import { ProtocolError } from "../../protocol/errors.ts";
import { MAX_HEAD_BYTES } from "../../protocol/limits.ts";
import {
  type OpenHead,
  openHeadLength,
  readOpenHead,
  readResponseHead,
  type ResponseHead,
  responseHeadLength,
  writeOpenHead,
  writeResponseHead,
} from "../../protocol/mux/head.ts";
import type { SeededRandom } from "../support/seeded_random.ts";
import { join, mutate } from "./mutation.ts";
import { claim, type FuzzTarget } from "./target.ts";

/** Text of one byte a character, of any of them. */
function text(random: SeededRandom, most: number): string {
  return String.fromCharCode(...random.bytes(random.size(most)));
}

/** What a stream could be opened with. */
export function makeOpenHead(random: SeededRandom): OpenHead {
  const tunnel = random.below(0x1_0000);
  const visitor = text(random, 40);
  if (random.chance(0.2)) return { kind: "tcp", tunnel, visitor };
  return {
    kind: "http",
    tunnel,
    visitor,
    scheme: random.chance(0.5) ? "http" : "https",
    minorVersion: random.below(2),
    method: text(random, random.chance(0.01) ? 255 : 8),
    target: text(random, random.chance(0.01) ? 9000 : 30),
    authority: text(random, 30),
    headers: random.bytes(random.size(80)),
  };
}

/** What could be answered. */
export function makeResponseHead(random: SeededRandom): ResponseHead {
  return {
    status: random.between(100, 999),
    minorVersion: random.below(2),
    reason: text(random, 40),
    headers: random.bytes(random.size(80)),
  };
}

/** The bytes of a head. */
export function writeHead(head: OpenHead | ResponseHead): Uint8Array {
  const isResponse = "status" in head;
  const length = isResponse ? responseHeadLength(head) : openHeadLength(head);
  const bytes = new Uint8Array(length);
  const end = isResponse ? writeResponseHead(bytes, 0, head) : writeOpenHead(bytes, 0, head);
  claim(end === length, `Wrote ${end} bytes of a head of ${length}`);
  return bytes;
}

function make(random: SeededRandom): Uint8Array {
  const which = random.below(2);
  const bytes = random.chance(0.1)
    ? random.bytes(random.size(64))
    : writeHead(which === 0 ? makeOpenHead(random) : makeResponseHead(random));
  return join([Uint8Array.of(which), mutate(bytes, random)]);
}

function check(input: Uint8Array): number {
  const read = (input[0] ?? 0) % 2 === 0 ? readOpenHead : readResponseHead;
  const bytes = input.subarray(1);
  if (bytes.length > MAX_HEAD_BYTES) return 0;
  let head: OpenHead | ResponseHead;
  try {
    head = read(bytes);
  } catch (error) {
    if (error instanceof ProtocolError && error.code === "bad_frame") return 1;
    throw error;
  }
  const again = writeHead(head);
  // What later versions put into `extra` is dropped; without it, nothing is.
  const isWhole = again.length === bytes.length;
  claim(again.length <= bytes.length, "Longer than what it was read from");
  for (let i = 0; isWhole && i < bytes.length; i++) {
    claim(again[i] === bytes[i], `Writes byte ${i} as ${again[i]} that was read as ${bytes[i]}`);
  }
  if (!isWhole) claim(sameHead(read(again), head), "Does not read what it has written");
  return 1;
}

function sameHead(a: OpenHead | ResponseHead, b: OpenHead | ResponseHead): boolean {
  const plain = (head: object) =>
    JSON.stringify(head, (_key, value) => value instanceof Uint8Array ? Array.from(value) : value);
  return plain(a) === plain(b);
}

/** See the head of this file. */
export const headsTarget: FuzzTarget = { name: "heads", unit: "inputs", share: 1.5, make, check };
