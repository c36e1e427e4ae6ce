/**
 * The codec of control frames: any bytes give what they say or `bad_frame`, and
 * what was read can be written and read again.
 *
 * The first byte of the input picks the type of frame.
 *
 * @module
 */

import { ProtocolError } from "../../protocol/errors.ts";
import { type Control, decodeControl, encodeControl } from "../../protocol/mux/control.ts";
import { FrameType } from "../../protocol/mux/frame.ts";
import type { SeededRandom } from "../support/seeded_random.ts";
import { strangeJson } from "./json_generator.ts";
import { join, mutate } from "./mutation.ts";
import { claim, type FuzzTarget } from "./target.ts";

const FIRST_TYPE = FrameType.claim;
const TYPES = FrameType.goaway - FrameType.claim + 1;

/** JSON of numbers grows when it is written anew; beyond this it may not fit a frame again. */
const MOST_REWRITTEN_BYTES = 700;

const EXAMPLES: readonly Control[] = [
  {
    type: "claim",
    tunnel: 7,
    kind: "http",
    mode: "reclaim",
    generation: 3,
    nonce: "n",
    name: "api",
    port: 30000,
    key: "k",
    options: { requestTimeoutMs: 25_000, deep: { list: [1, "two", null] } },
  },
  { type: "claimed", tunnel: 7, name: "api", url: "https://api.example", generation: 4 },
  {
    type: "claim_refused",
    tunnel: 7,
    code: "name_taken",
    message: "taken",
    final: true,
    retryAfterMs: 5,
  },
  { type: "release", tunnel: 65535 },
  { type: "revoked", tunnel: 0, reason: "displaced", message: "gone", drainMs: 30_000 },
  { type: "auth", token: "header.payload.signature" },
  { type: "auth_result", ok: false, code: "token_expired", message: "late" },
  { type: "expiring", inMs: 60_000 },
  { type: "goaway", opened: 0xffff_ffff },
];

const utf8 = new TextEncoder();

function make(random: SeededRandom): Uint8Array {
  const example = random.pick(EXAMPLES);
  const { type, payload } = encodeControl(example);
  const { type: _, ...fields } = example;
  const bytes = example.type === "goaway" ? payload : utf8.encode(strangeJson(fields, random));
  const which = random.chance(0.95) ? type - FIRST_TYPE : random.below(TYPES);
  return join([Uint8Array.of(which), random.chance(0.6) ? bytes : mutate(bytes, random)]);
}

function check(input: Uint8Array): number {
  const type = FIRST_TYPE + (input[0] ?? 0) % TYPES;
  const payload = input.slice(1);
  let control: Control;
  try {
    control = decodeControl(type, payload);
  } catch (error) {
    if (error instanceof ProtocolError && error.code === "bad_frame") return 1;
    throw error;
  }
  if (payload.length > MOST_REWRITTEN_BYTES) return 1;
  const said = JSON.stringify(control);
  const again = encodeControl(control);
  claim(again.type === type, `Type ${type} was read and type ${again.type} written`);
  claim(JSON.stringify(decodeControl(type, again.payload)) === said, `Does not come back: ${said}`);
  return 1;
}

/** See the head of this file. */
export const controlTarget: FuzzTarget = {
  name: "control",
  unit: "inputs",
  share: 1.5,
  make,
  check,
};
