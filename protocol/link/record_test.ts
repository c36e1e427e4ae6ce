import { assert, assertEquals } from "@std/assert";
import { SeededRandom } from "../../tests/support/seeded_random.ts";
import {
  CONTROL_RECORD_BYTES,
  encodeClose,
  encodeRecord,
  readU64,
  RECORD_HEADER_BYTES,
  recordLengths,
  RecordType,
  writeNumberRecord,
  writeU64,
} from "./record.ts";

Deno.test("A u64 below 2^53 reads as it was written", () => {
  const random = new SeededRandom(1);
  const numbers = [0, 1, 0xffff_ffff, 0x1_0000_0000, Number.MAX_SAFE_INTEGER];
  for (let i = 0; i < 1000; i++) numbers.push(Math.floor(2 ** (53 * random.fraction())) - 1);
  for (const number of numbers) {
    const bytes = new Uint8Array(11).fill(0xaa);
    assertEquals(writeU64(bytes, 2, number), 10);
    assertEquals(readU64(bytes, 2), number);
    assertEquals([bytes[0], bytes[1], bytes[10]], [0xaa, 0xaa, 0xaa]);
    assertEquals(new DataView(bytes.buffer).getBigUint64(2), BigInt(number));
  }
});

Deno.test("A u64 from 2^53 on reads as more than anything valid", () => {
  for (const number of [2n ** 53n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n]) {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, number);
    assert(readU64(bytes, 0) > Number.MAX_SAFE_INTEGER);
  }
});

Deno.test("Records have the bytes that PROTOCOL.md shows", () => {
  const ack = new Uint8Array(CONTROL_RECORD_BYTES);
  assertEquals(writeNumberRecord(ack, 0, RecordType.ack, 0x0102_0304_0506), 12);
  assertEquals(ack, Uint8Array.of(2, 0, 0, 8, 0, 0, 1, 2, 3, 4, 5, 6));
  assertEquals(encodeClose(0x0102, "hé"), Uint8Array.of(5, 0, 0, 5, 1, 2, 0x68, 0xc3, 0xa9));
  const long = encodeRecord(RecordType.data, new Uint8Array(0x1_0203));
  assertEquals(long.subarray(0, RECORD_HEADER_BYTES), Uint8Array.of(1, 1, 2, 3));
});

Deno.test("A reason that is too long for a CLOSE is cut at a character", () => {
  const record = encodeClose(0, "é".repeat(127) + "x€");
  assertEquals(record.length, RECORD_HEADER_BYTES + 2 + 255);
  const text = new TextDecoder("utf-8", { fatal: true }).decode(record.subarray(6));
  assertEquals(text, "é".repeat(127) + "x");
});

Deno.test("Types of the handshake can be mistaken neither for HTTP nor for TLS", () => {
  const { hello, welcome, refused, resume, resumed } = RecordType;
  for (const type of [hello, welcome, refused, resume, resumed]) assert(type >= 0xf0);
});

Deno.test("Only the known types have lengths", () => {
  const known = new Set<number>(Object.values(RecordType));
  for (let type = 0; type < 256; type++) {
    assertEquals(recordLengths(type) !== undefined, known.has(type), `type ${type}`);
  }
});
