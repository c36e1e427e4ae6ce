import { assertEquals, assertThrows } from "@std/assert";
import { countPorts, includesPort, intersect, portAt } from "./port_range.ts";

const RANGE = { first: 100, last: 199 };

Deno.test("intersect() cuts, sorts and joins what is allowed", () => {
  assertEquals(intersect(RANGE, []), []);
  assertEquals(intersect(RANGE, [{ first: 1, last: 9 }, { first: 300, last: 400 }]), []);
  assertEquals(intersect(RANGE, [{ first: 150, last: 999 }, { first: 1, last: 100 }]), [
    { first: 100, last: 100 },
    { first: 150, last: 199 },
  ]);
  assertEquals(countPorts(intersect(RANGE, [RANGE, { first: 120, last: 130 }, RANGE])), 100);
  assertEquals(intersect(RANGE, [{ first: 130, last: 120 }]), []);
});

Deno.test("portAt() counts over all ranges", () => {
  const ranges = [{ first: 5, last: 6 }, { first: 9, last: 9 }];
  assertEquals([0, 1, 2].map((index) => portAt(ranges, index)), [5, 6, 9]);
  assertThrows(() => portAt(ranges, 3), RangeError);
});

Deno.test("includesPort() knows whole numbers only", () => {
  const inside = [100, 199].map((port) => includesPort([RANGE], port));
  assertEquals(inside, [true, true]);
  const outside = [99, 200, 100.5, NaN, Infinity].map((port) => includesPort([RANGE], port));
  assertEquals(outside, [false, false, false, false, false]);
});
