import { assertEquals } from "@std/assert";
import { formatNumber } from "./format.ts";

Deno.test("formatNumber keeps three digits that count", () => {
  const texts = [0, 0.02349, 0.5, 3.14159, 42.04, 99.96, 123.4, 20_123.6, -0.5].map(formatNumber);
  assertEquals(texts, ["0", "0.023", "0.500", "3.14", "42.0", "100.0", "123", "20,124", "-0.500"]);
});

Deno.test("formatNumber shows a dash for what was not measured", () => {
  assertEquals([NaN, Infinity].map(formatNumber), ["-", "-"]);
});
