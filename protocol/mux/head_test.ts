import { assertEquals, assertThrows } from "@std/assert";
import { SeededRandom } from "../../tests/support/seeded_random.ts";
import {
  answer,
  HTTP_HEAD,
  openHeadBytes,
  responseHeadBytes,
  TCP_HEAD,
} from "../../tests/support/mux_raw.ts";
import { ProtocolError } from "../errors.ts";
import { MAX_HEAD_BYTES } from "../limits.ts";
import {
  type HttpOpen,
  isInformational,
  type OpenHead,
  readOpenHead,
  readResponseHead,
  type ResponseHead,
} from "./head.ts";

function randomOpen(random: SeededRandom): OpenHead {
  const tunnel = random.between(0, 0xffff);
  const visitor = random.text(random.size(255));
  if (random.chance(0.3)) return { kind: "tcp", tunnel, visitor };
  return {
    kind: "http",
    tunnel,
    visitor,
    scheme: random.pick(["http", "https"]),
    minorVersion: random.between(0, 1),
    method: random.text(random.size(255)),
    target: random.text(random.size(20_000)),
    authority: random.text(random.size(300)),
    headers: random.bytes(random.size(5000)),
  };
}

function randomResponse(random: SeededRandom): ResponseHead {
  return {
    status: random.between(100, 999),
    minorVersion: random.between(0, 1),
    reason: random.text(random.size(20_000)),
    headers: random.bytes(random.size(5000)),
  };
}

Deno.test("Heads are read as they were written", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new SeededRandom(seed);
    const open = randomOpen(random);
    assertEquals(readOpenHead(openHeadBytes(open)), open, `seed ${seed}`);
    const response = randomResponse(random);
    assertEquals(readResponseHead(responseHeadBytes(response)), response, `seed ${seed}`);
  }
});

Deno.test("Heads that are cut before their fields end are refused", () => {
  const fixed = (bytes: Uint8Array, headers: number) => bytes.length - headers;
  const open = openHeadBytes(HTTP_HEAD);
  const openEnd = fixed(open, (HTTP_HEAD as HttpOpen).headers.length);
  for (let length = 0; length < openEnd; length++) {
    assertThrows(() => readOpenHead(open.subarray(0, length)), ProtocolError);
  }
  assertEquals(readOpenHead(open.subarray(0, openEnd)).kind, "http");
  const tcp = openHeadBytes(TCP_HEAD);
  for (let length = 0; length < tcp.length; length++) {
    assertThrows(() => readOpenHead(tcp.subarray(0, length)), ProtocolError);
  }
  const response = responseHeadBytes(answer(200));
  for (let length = 0; length < fixed(response, answer(200).headers.length); length++) {
    assertThrows(() => readResponseHead(response.subarray(0, length)), ProtocolError);
  }
});

Deno.test("Heads of any bytes are read or refused with bad_frame", () => {
  const random = new SeededRandom(7);
  let read = 0;
  for (let round = 0; round < 20_000; round++) {
    const bytes = random.bytes(random.size(100));
    if (round % 2 === 0 && bytes.length > 6) bytes.set([random.between(1, 2), 0, 0, 0, 0, 0]);
    for (const reader of [readOpenHead, readResponseHead]) {
      try {
        reader(bytes);
        read++;
      } catch (error) {
        assertEquals(error instanceof ProtocolError && error.code, "bad_frame");
      }
    }
  }
  assertEquals(read > 100, true);
});

Deno.test("Heads ignore what later versions add in extra", () => {
  const tcp = openHeadBytes({ kind: "tcp", tunnel: 3, visitor: "" });
  const longer = Uint8Array.of(...tcp.subarray(0, 4), 0, 2, 0xaa, 0xbb);
  assertEquals(readOpenHead(longer), { kind: "tcp", tunnel: 3, visitor: "" });
});

Deno.test("Heads that the peer would refuse, or misread, are not sent", () => {
  const http = HTTP_HEAD as HttpOpen;
  const bad: readonly OpenHead[] = [
    { ...TCP_HEAD, tunnel: 0x1_0000 },
    { ...TCP_HEAD, tunnel: -1 },
    { ...TCP_HEAD, visitor: "v".repeat(256) },
    { ...http, method: "M".repeat(256) },
    { ...http, target: "/".repeat(0x1_0000) },
    { ...http, authority: "a".repeat(0x1_0000) },
    { ...http, target: "/\u010a" },
    { ...http, minorVersion: 2 },
    { ...http, headers: new Uint8Array(MAX_HEAD_BYTES) },
  ];
  for (const head of bad) assertThrows(() => openHeadBytes(head), RangeError);
  const ok = answer(200);
  const worse: readonly ResponseHead[] = [
    { ...ok, status: 99 },
    { ...ok, status: 1000 },
    { ...ok, status: NaN },
    { ...ok, minorVersion: 2 },
    { ...ok, reason: "r".repeat(0x1_0000) },
    { ...ok, reason: "\u20ac" },
    { ...ok, headers: new Uint8Array(MAX_HEAD_BYTES) },
  ];
  for (const head of worse) assertThrows(() => responseHeadBytes(head), RangeError);
});

Deno.test("A head of exactly the most bytes can be sent", () => {
  const empty = responseHeadBytes({ ...answer(200), headers: new Uint8Array(0) }).length;
  const headers = new Uint8Array(MAX_HEAD_BYTES - empty);
  assertEquals(responseHeadBytes({ ...answer(200), headers }).length, MAX_HEAD_BYTES);
});

Deno.test("Answers below 200 are informational, but for a change of protocols", () => {
  assertEquals([100, 101, 102, 103, 199, 200, 999].filter(isInformational), [100, 102, 103, 199]);
});
