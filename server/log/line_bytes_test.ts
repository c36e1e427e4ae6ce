import { assert, assertEquals } from "@std/assert";
import { charactersThat, LineBytes } from "./line_bytes.ts";

const ascii = new TextDecoder("ascii", { fatal: true });

Deno.test("LineBytes writes numbers as JSON does", () => {
  const numbers = [0, -0, 1, 9, 10, 99, 100, 1024, 0.1, 0.3, 1.1, 9.9, 10.1, 1234.5, -1, -2.5];
  const others = [0.05, 1 / 3, 99_999_999.9, 1e8, 123_456_789_012, 2 ** 53, 1e21, 5e-324];
  const line = new LineBytes();
  for (const number of [...numbers, ...others, NaN, Infinity, -Infinity]) {
    line.appendNumber(number);
    assertEquals(ascii.decode(line.take()), JSON.stringify(number));
  }
});

Deno.test("LineBytes appends only what is in a set, or nothing", () => {
  const digits = charactersThat((code) => code >= 0x30 && code <= 0x39);
  const line = new LineBytes();
  assert(line.appendOnly(digits, "123"));
  for (const text of ["4a", "4\u00b9", "4\u0131", "4\ud83d\udca5"]) {
    assert(!line.appendOnly(digits, text), text);
  }
  assertEquals(ascii.decode(line.take()), "123");
});

Deno.test("LineBytes leaves alone what was taken until the next time", () => {
  const line = new LineBytes();
  line.append("a".repeat(10));
  const taken = line.take();
  line.append("b".repeat(100_000));
  assertEquals(ascii.decode(taken), "a".repeat(10));
  line.cutTo(3);
  assertEquals(ascii.decode(line.take()), "bbb");
});
