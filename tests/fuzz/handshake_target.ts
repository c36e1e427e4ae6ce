/**
 * The records of a handshake: any payload gives a HELLO, WELCOME, REFUSED or
 * RESUME, or the error that PROTOCOL.md has for it, and what was read can be
 * written and read again.
 *
 * The first byte of the input says which one it is.
 *
 * @module
 */

import { HandshakeFailed, HandshakeRefused } from "../../protocol/errors.ts";
import {
  decodeHello,
  decodeRefused,
  decodeWelcome,
  encodeHello,
  encodeRefused,
  encodeWelcome,
} from "../../protocol/link/handshake.ts";
import { RECORD_HEADER_BYTES } from "../../protocol/link/record.ts";
import { decodeResume } from "../../protocol/link/resume.ts";
import type { SeededRandom } from "../support/seeded_random.ts";
import { strangeJson } from "./json_generator.ts";
import { join, mutate } from "./mutation.ts";
import { claim, type FuzzTarget } from "./target.ts";

const TERMS = { streams: 1024, window: 65536, resend: 1048576 };
const HELLO = {
  agent: "fuzz/1",
  nonce: "00112233445566778899aabbccddeeff",
  token: "token",
  leaseKey: "ab".repeat(32),
  require: [],
  terms: TERMS,
};
const WELCOME = {
  version: 1,
  agent: "fuzz/1",
  instance: "0011223344556677",
  link: "00112233445566778899aabbccddeeff",
  secret: "cd".repeat(32),
  resumeMs: 60_000,
  pingAfterMs: 10_000,
  deadAfterMs: 15_000,
  terms: TERMS,
};
const REFUSED = { code: "overloaded", message: "full", final: false, retryAfterMs: 5000 };

const utf8 = new TextEncoder();

/** One kind of record. */
interface Subject {
  make(random: SeededRandom): Uint8Array;
  /** Reads it and says what it has read. */
  read(payload: Uint8Array): unknown;
  /** Writes it as a record; not all can be written without a secret. */
  write?(value: never): Uint8Array;
  /** Whether this is how it should fail. */
  isExpected(error: unknown): boolean;
}

const isNotTun = (error: unknown) => error instanceof HandshakeFailed && error.code === "not_tun";

const HELLO_CODES: ReadonlySet<string> = new Set([
  "bad_hello",
  "version_mismatch",
  "requirement_unknown",
]);

const SUBJECTS: readonly Subject[] = [
  {
    make: (random) => join([helloStart(random), utf8.encode(strangeJson(HELLO, random))]),
    read: decodeHello,
    write: encodeHello,
    isExpected: (error) => error instanceof HandshakeRefused && HELLO_CODES.has(error.code),
  },
  {
    make: (random) => utf8.encode(strangeJson(WELCOME, random)),
    read: decodeWelcome,
    write: encodeWelcome,
    isExpected: isNotTun,
  },
  {
    make: (random) => utf8.encode(strangeJson(REFUSED, random)),
    read: decodeRefused,
    write: encodeRefused,
    isExpected: isNotTun,
  },
  {
    make: (random) => random.bytes(random.between(50, 80)),
    read: decodeResume,
    isExpected: (error) => error instanceof HandshakeRefused && error.code === "bad_hello",
  },
];

/** The part of a HELLO that is the same in all versions; mostly right. */
function helloStart(random: SeededRandom): Uint8Array {
  const [lowest, highest] = random.chance(0.9)
    ? [1, 1] as const
    : [random.below(4), random.below(4)] as const;
  return Uint8Array.of(0x74, 0x75, 0x6e, lowest, highest);
}

/** The payload of a HELLO that is right, or nearly. */
export function makeHelloPayload(random: SeededRandom): Uint8Array {
  return SUBJECTS[0]!.make(random);
}

function make(random: SeededRandom): Uint8Array {
  const which = random.below(SUBJECTS.length);
  const payload = SUBJECTS[which]!.make(random);
  return join([Uint8Array.of(which), random.chance(0.6) ? payload : mutate(payload, random)]);
}

function check(input: Uint8Array): number {
  const subject = SUBJECTS[(input[0] ?? 0) % SUBJECTS.length]!;
  const payload = input.slice(1);
  let value: unknown;
  try {
    value = subject.read(payload);
  } catch (error) {
    if (subject.isExpected(error)) return 1;
    throw error;
  }
  if (subject.write === undefined) return 1;
  const said = describe(value);
  const record = subject.write(value as never);
  const again = describe(subject.read(record.subarray(RECORD_HEADER_BYTES)));
  claim(said === again, `Does not come back: ${said}, ${again}`);
  return 1;
}

/** An error's fields are not all its own, so JSON alone would not show them. */
function describe(value: unknown): string {
  if (!(value instanceof HandshakeRefused)) return JSON.stringify(value);
  const { code, message, final, retryAfterMs } = value;
  return JSON.stringify({ code, message, final, retryAfterMs });
}

/** See the head of this file. */
export const handshakeTarget: FuzzTarget = {
  name: "handshake",
  unit: "inputs",
  share: 1.5,
  make,
  check,
};
