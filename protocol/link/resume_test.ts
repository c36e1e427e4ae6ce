import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { SeededRandom } from "../../tests/support/seeded_random.ts";
import { HandshakeFailed, HandshakeRefused } from "../errors.ts";
import { RECORD_HEADER_BYTES, RecordType } from "./record.ts";
import {
  decodeResume,
  decodeResumed,
  encodeResume,
  encodeResumed,
  type ResumePoint,
} from "./resume.ts";

const SECRET = new Uint8Array(32).fill(0x5a);
const POINT: ResumePoint = {
  link: "00112233445566778899aabbccddeeff",
  epoch: 3,
  received: 0x1_2345_6789,
};

function payloadOf(record: Uint8Array): Uint8Array {
  return record.subarray(RECORD_HEADER_BYTES);
}

Deno.test("RESUME and RESUMED read as they were made", async () => {
  const random = new SeededRandom(1);
  for (let round = 0; round < 100; round++) {
    const secret = random.bytes(32);
    const point: ResumePoint = {
      link: Array.from(random.bytes(16), (byte) => byte.toString(16).padStart(2, "0")).join(""),
      epoch: random.sizeFrom(1, 0xffff_ffff),
      received: random.sizeFrom(1, Number.MAX_SAFE_INTEGER),
    };
    const token = random.chance(0.5) ? "" : "tök€n".repeat(random.below(500));
    const record = await encodeResume(point, secret, token);
    assertEquals(record[0], RecordType.resume);
    const { verify, ...said } = decodeResume(payloadOf(record));
    assertEquals(said, { ...point, token });
    assert(await verify(secret));
    const answer = await encodeResumed(point, secret);
    assertEquals(answer[0], RecordType.resumed);
    assertEquals(await decodeResumed(payloadOf(answer), point, secret), point);
  }
});

Deno.test("RESUME has the bytes and the MAC that PROTOCOL.md describes", async () => {
  const payload = payloadOf(await encodeResume(POINT, SECRET, "ab"));
  const said = "00112233445566778899aabbccddeeff" + "00000003" + "0000000123456789" + "6162";
  assertEquals(toHex(payload.subarray(0, 30)), said);
  const key = await crypto.subtle.importKey(
    "raw",
    SECRET,
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const signed = Uint8Array.of(
    ...new TextEncoder().encode("tun1 resume"),
    ...payload.subarray(0, 30),
  );
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, signed));
  assertEquals(payload.subarray(30), mac);
});

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

Deno.test("A RESUME of which one bit was changed proves nothing", async () => {
  const payload = payloadOf(await encodeResume(POINT, SECRET, "token"));
  for (let at = 0; at < payload.length; at++) {
    const forged = payload.slice();
    forged[at]! ^= 1;
    assertEquals(await decodeResume(forged).verify(SECRET), false, `byte ${at}`);
  }
  assertEquals(await decodeResume(payload).verify(new Uint8Array(32)), false);
});

Deno.test("A token cannot be moved into or out of a RESUME", async () => {
  const payload = payloadOf(await encodeResume(POINT, SECRET));
  const longer = Uint8Array.of(...payload.subarray(0, 28), 0x61, ...payload.subarray(28));
  assertEquals(await decodeResume(longer).verify(SECRET), false);
});

Deno.test("A RESUME that is too short, or has a token that is no text, is bad", async () => {
  const payload = payloadOf(await encodeResume(POINT, SECRET, "é"));
  for (let length = 0; length < 60; length++) {
    const error = assertThrows(() => decodeResume(payload.subarray(0, length)), HandshakeRefused);
    assertEquals(error.code, "bad_hello");
  }
  payload[29] = 0xff;
  assertEquals(assertThrows(() => decodeResume(payload), HandshakeRefused).code, "bad_hello");
});

Deno.test("A RESUME is checked as it was, whatever becomes of the buffer it came in", async () => {
  const payload = payloadOf(await encodeResume(POINT, SECRET));
  const request = decodeResume(payload);
  payload.fill(0);
  assert(await request.verify(SECRET));
});

Deno.test("Only the RESUMED that was asked for is believed", async () => {
  const good = payloadOf(await encodeResumed(POINT, SECRET));
  const wrong: Record<string, [payload: Uint8Array, asked: ResumePoint, secret: Uint8Array]> = {
    "another link": [good, { ...POINT, link: "ff".repeat(16) }, SECRET],
    "an earlier epoch": [good, { ...POINT, epoch: 4 }, SECRET],
    "another secret": [good, POINT, new Uint8Array(32)],
    "a RESUME sent back": [payloadOf(await encodeResume(POINT, SECRET)), POINT, SECRET],
    "nothing": [new Uint8Array(2), POINT, SECRET],
    "a byte more": [Uint8Array.of(...good, 0), POINT, SECRET],
  };
  for (let at = 0; at < good.length; at++) {
    const forged = good.slice();
    forged[at]! ^= 0x80;
    wrong[`byte ${at} changed`] = [forged, POINT, SECRET];
    wrong[`cut to ${at}`] = [good.slice(0, at), POINT, SECRET];
  }
  for (const [what, [payload, asked, secret]] of Object.entries(wrong)) {
    const error = await assertRejects(
      () => decodeResumed(payload, asked, secret as Uint8Array<ArrayBuffer>),
      HandshakeFailed,
    );
    assertEquals(error.code, "bad_proof", what);
  }
});
