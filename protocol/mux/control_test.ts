import { assertEquals, assertThrows } from "@std/assert";
import { SeededRandom } from "../../tests/support/seeded_random.ts";
import { ProtocolError } from "../errors.ts";
import { MAX_CONTROL_BYTES } from "../limits.ts";
import { type Control, decodeControl, encodeControl } from "./control.ts";
import { FrameType } from "./frame.ts";

const EXAMPLES: readonly Control[] = [
  { type: "claim", tunnel: 0, kind: "http", mode: "claim" },
  {
    type: "claim",
    tunnel: 65535,
    kind: "tcp",
    mode: "reclaim",
    generation: 7,
    name: "näme \u{1f680}",
    port: 30000,
    key: "3000",
    options: { requestTimeoutMs: 25000, nested: { list: [1, null, "x"] } },
  },
  { type: "claimed", tunnel: 1, name: "app", url: "https://app.example/", generation: 3 },
  { type: "claim_refused", tunnel: 1, code: "name_taken", message: "", final: true },
  { type: "claim_refused", tunnel: 1, code: "busy", message: "m", final: false, retryAfterMs: 0 },
  { type: "release", tunnel: 9 },
  { type: "revoked", tunnel: 9, reason: "displaced", message: "by you", drainMs: 10_000 },
  { type: "auth", token: "a.b.c" },
  { type: "auth_result", ok: true },
  { type: "auth_result", ok: false, code: "token_expired", message: "too late" },
  { type: "expiring", inMs: Number.MAX_SAFE_INTEGER },
  { type: "goaway", opened: 0 },
  { type: "goaway", opened: 0xffff_ffff },
];

const JSON_TYPES = Object.values(FrameType)
  .filter((type) => type >= FrameType.claim && type !== FrameType.goaway);

const utf8 = new TextEncoder();

Deno.test("Control frames are read as they were written", () => {
  for (const control of EXAMPLES) {
    const { type, payload } = encodeControl(control);
    assertEquals(decodeControl(type, payload), control);
  }
});

Deno.test("Control frames are read with keys that this version does not know", () => {
  const payload = utf8.encode('{"later":[1],"tunnel":4,"__proto__":{"ok":true},"type":"auth"}');
  assertEquals(decodeControl(FrameType.release, payload), { type: "release", tunnel: 4 });
});

Deno.test("Control frames without a key they need, or with a wrong one, are refused", () => {
  for (const control of EXAMPLES) {
    if (control.type === "goaway") continue;
    const { type } = encodeControl(control);
    const { type: _, ...fields } = control;
    for (const key of Object.keys(fields)) {
      const wrong = { ...fields, [key]: key === "options" ? [] : { not: "this" } };
      const refuse = () => decodeControl(type, utf8.encode(JSON.stringify(wrong)));
      assertThrows(refuse, ProtocolError, key);
    }
  }
  const without = ["tunnel", "name", "url", "generation"].map((key) => {
    const fields: Record<string, unknown> = { tunnel: 1, name: "n", url: "u", generation: 1 };
    delete fields[key];
    return JSON.stringify(fields);
  });
  for (const json of without) {
    assertThrows(() => decodeControl(FrameType.claimed, utf8.encode(json)), ProtocolError);
  }
});

Deno.test("Control frames take numbers only within their range", () => {
  for (const tunnel of ["-1", "65536", "1.5", '"1"', "null", "1e400"]) {
    const payload = utf8.encode(`{"tunnel":${tunnel}}`);
    assertThrows(() => decodeControl(FrameType.release, payload), ProtocolError);
  }
  for (const inMs of ["-1", "9007199254740992", "0.1"]) {
    const payload = utf8.encode(`{"inMs":${inMs}}`);
    assertThrows(() => decodeControl(FrameType.expiring, payload), ProtocolError);
  }
});

Deno.test("Control frames of any bytes are read or refused with bad_frame", () => {
  const random = new SeededRandom(3);
  const seeds = EXAMPLES.map((control) => encodeControl(control).payload);
  for (let round = 0; round < 20_000; round++) {
    const bytes = random.pick(seeds).slice();
    for (let change = random.between(0, 4); change > 0; change--) {
      bytes[random.between(0, bytes.length - 1)] = random.between(0, 255);
    }
    const cut = bytes.subarray(0, random.between(0, bytes.length));
    for (const type of [random.pick(JSON_TYPES), FrameType.goaway]) {
      try {
        decodeControl(type, random.chance(0.5) ? bytes : cut);
      } catch (error) {
        assertEquals(error instanceof ProtocolError && error.code, "bad_frame");
      }
    }
  }
});

Deno.test("Control frames of deeply nested JSON do no harm", () => {
  const nested = "[".repeat(8000) + "]".repeat(8000);
  const payload = utf8.encode(`{"tunnel":1,"x":${nested}}`);
  assertEquals(decodeControl(FrameType.release, payload), { type: "release", tunnel: 1 });
});

Deno.test("Control frames too large for the wire are not sent", () => {
  const message = "m".repeat(MAX_CONTROL_BYTES);
  assertThrows(() => encodeControl({ type: "auth", token: message }), RangeError);
});
