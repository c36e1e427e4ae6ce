import { assertEquals, assertThrows } from "@std/assert";
import { percentilesOf } from "./percentiles.ts";

Deno.test("percentilesOf takes the nearest rank, in any order of values", () => {
  const values = Array.from({ length: 200 }, (_, i) => 200 - i);
  assertEquals(percentilesOf(values), { p50: 100, p99: 198 });
});

Deno.test("percentilesOf orders numbers as numbers", () => {
  assertEquals(percentilesOf([9, 10, 100]), { p50: 10, p99: 100 });
});

Deno.test("percentilesOf of one value is that value", () => {
  assertEquals(percentilesOf([7]), { p50: 7, p99: 7 });
});

Deno.test("percentilesOf refuses to make something of nothing", () => {
  assertThrows(() => percentilesOf([]), RangeError);
});
