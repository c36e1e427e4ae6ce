import { assertEquals } from "@std/assert";
import { bytesOf, integerIn, millisecondsOf } from "./quantity.ts";

Deno.test("integerIn takes whole decimal numbers in range", () => {
  assertEquals(integerIn("1", 1, 9), 1);
  assertEquals(integerIn("9", 1, 9), 9);
  for (const text of ["0", "10", "", " 5", "5.0", "0x5", "5e0", "-5", "٥", "9".repeat(20)]) {
    assertEquals(integerIn(text, 1, 9), undefined, text);
  }
});

Deno.test("millisecondsOf understands units and keeps to its maximum", () => {
  const cases = { "25": 25_000, "2.5": 2500, "500ms": 500, "2m": 120_000, "24h": 86_400_000 };
  for (const [text, ms] of Object.entries(cases)) assertEquals(millisecondsOf(text, 1e9), ms, text);
  assertEquals(millisecondsOf("90d", 1e10), 7_776_000_000);
  for (const text of ["0", "-1", "1w", "", "s", "1.", "1e3", "2d"]) {
    assertEquals(millisecondsOf(text, 86_400_000), undefined, text);
  }
});

Deno.test("bytesOf tells millions from powers of two, and refuses what could be either", () => {
  const cases = {
    "1": 1,
    "10MB": 1e7,
    "5MiB": 5 * 2 ** 20,
    "1.5 kB": 1500,
    "2gib": 2 ** 31,
    "7b": 7,
  };
  for (const [text, bytes] of Object.entries(cases)) assertEquals(bytesOf(text), bytes, text);
  for (const text of ["10M", "0", "-1", "", "MB", "1.5", "0.3b", "99999TiB", "1PB", "1  MB"]) {
    assertEquals(bytesOf(text), undefined, text);
  }
});
