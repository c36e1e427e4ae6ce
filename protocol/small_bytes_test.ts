import { assertEquals, assertNotStrictEquals } from "@std/assert";
import { allocateBytes, copyBytes } from "./small_bytes.ts";

const SIZES = [0, 1, 7, 300, 1024, 1025, 8192, 20_000];

Deno.test("allocateBytes() gives zeros that nobody else has", () => {
  const arrays = Array.from({ length: 100 }, (_, i) => allocateBytes(SIZES[i % SIZES.length]!));
  for (const [i, bytes] of arrays.entries()) {
    assertEquals(bytes.length, SIZES[i % SIZES.length]);
    assertEquals(bytes.every((byte) => byte === 0), true);
    bytes.fill(i);
  }
  for (const [i, bytes] of arrays.entries()) {
    assertEquals(bytes.every((byte) => byte === i), true, `array ${i}`);
  }
});

Deno.test("copyBytes() gives the bytes of a range in memory of their own", () => {
  const bytes = Uint8Array.from({ length: 3000 }, (_, i) => i);
  for (const [start, end] of [[0, 3000], [0, 10], [5, 1029], [5, 1030], [2999, 3000], [7, 7]]) {
    const copy = copyBytes(bytes, start, end);
    assertEquals(copy, bytes.slice(start, end));
    assertNotStrictEquals(copy.buffer, bytes.buffer);
  }
  assertEquals(copyBytes(bytes.subarray(10, 20)), bytes.slice(10, 20));
});
