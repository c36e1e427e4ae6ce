import { assertEquals, assertThrows } from "@std/assert";
import { unmaskFrames } from "./echo.ts";

/** A masked binary frame. */
function frame(payload: readonly number[]): number[] {
  const key = [1, 2, 3, 4];
  const masked = payload.map((byte, i) => byte ^ key[i & 3]!);
  return [0x82, 0x80 | payload.length, ...key, ...masked];
}

Deno.test("unmaskFrames gives back what whole frames carry, and keeps a part of one", () => {
  const two = [...frame([10, 20, 30, 40, 50]), ...frame([])];
  const bytes = new Uint8Array([...two, ...frame([1]).slice(0, 4)]);
  const { taken, given } = unmaskFrames(bytes, bytes.length);
  assertEquals(taken, two.length);
  assertEquals([...bytes.subarray(0, given)], [0x82, 5, 10, 20, 30, 40, 50, 0x82, 0]);
});

Deno.test("unmaskFrames waits for the whole of a frame", () => {
  const bytes = new Uint8Array(frame([1, 2, 3]));
  for (let length = 0; length < bytes.length; length++) {
    assertEquals(unmaskFrames(bytes.slice(), length), { taken: 0, given: 0 });
  }
});

Deno.test("unmaskFrames refuses lengths that it does not know", () => {
  assertThrows(() => unmaskFrames(new Uint8Array([0x82, 0xfe, 1, 0, 0, 0, 0, 0]), 8), RangeError);
});
