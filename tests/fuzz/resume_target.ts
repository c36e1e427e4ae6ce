/**
 * RESUME and RESUMED with their proofs: whoever changes one bit is found out,
 * and nothing else is. Apart from the other records, because cryptography is slow.
 *
 * The first byte of the input says which of the two it is; the rest is a payload
 * that was signed with {@linkcode SECRET}, or not.
 *
 * @module
 */

import { HandshakeFailed, HandshakeRefused } from "../../protocol/errors.ts";
import { RECORD_HEADER_BYTES } from "../../protocol/link/record.ts";
import {
  decodeResume,
  decodeResumed,
  encodeResume,
  encodeResumed,
} from "../../protocol/link/resume.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { join, mutate } from "./mutation.ts";
import { claim, type FuzzTarget } from "./target.ts";

const LINK = "00112233445566778899aabbccddeeff";
const SECRET = new SeededRandom(1).bytes(32);
const TOKEN = "fresh";

/** Signing takes a promise, so right payloads are made once, before any case. */
const SIGNED: readonly (readonly Uint8Array[])[] = await Promise.all(
  [1, 2, 0xffff_ffff].map(async (epoch) => {
    const point = { link: LINK, epoch, received: epoch * 1000 };
    const records = [
      await encodeResume(point, SECRET, epoch === 2 ? TOKEN : ""),
      await encodeResumed(point, SECRET),
    ];
    return records.map((record) => record.subarray(RECORD_HEADER_BYTES));
  }),
);

function make(random: SeededRandom): Uint8Array {
  const which = random.below(2);
  const payload = random.pick(SIGNED)[which]!;
  return join([Uint8Array.of(which), mutate(payload, random, 2)]);
}

async function check(input: Uint8Array): Promise<number> {
  const which = (input[0] ?? 0) % 2;
  const payload = input.slice(1);
  const isGenuine = SIGNED.some((pair) => same(pair[which]!, payload));
  if (which === 0) await checkResume(payload, isGenuine);
  else await checkResumed(payload, isGenuine);
  return 1;
}

async function checkResume(payload: Uint8Array, isGenuine: boolean): Promise<void> {
  try {
    const request = decodeResume(payload);
    claim(await request.verify(SECRET) === isGenuine, "Believes a RESUME that was changed");
    if (!isGenuine) return;
    const record = await encodeResume(request, SECRET, request.token);
    claim(
      same(record.subarray(RECORD_HEADER_BYTES), payload),
      "Writes another RESUME than it read",
    );
  } catch (error) {
    if (!(error instanceof HandshakeRefused) || error.code !== "bad_hello") throw error;
    claim(!isGenuine, "Refuses a RESUME that is right");
  }
}

async function checkResumed(payload: Uint8Array, isGenuine: boolean): Promise<void> {
  const asked = {
    link: LINK,
    epoch: new DataView(join([payload, new Uint8Array(20)]).buffer).getUint32(16),
  };
  try {
    const point = await decodeResumed(payload, asked, SECRET);
    claim(isGenuine && point.epoch === asked.epoch, "Believes a RESUMED that was changed");
  } catch (error) {
    if (!(error instanceof HandshakeFailed) || error.code !== "bad_proof") throw error;
    claim(!isGenuine, "Refuses a RESUMED that is right");
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** See the head of this file. */
export const resumeTarget: FuzzTarget = { name: "resume", unit: "inputs", share: 0.5, make, check };
