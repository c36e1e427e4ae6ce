import { assertEquals } from "@std/assert";
import { sameBytes, sameText } from "./constant_time.ts";

const utf8 = new TextEncoder();

for (
  const [a, b, same] of [
    ["", "", true],
    ["secret", "secret", true],
    ["secret", "secreT", false],
    ["secret", "Secret", false],
    ["secret", "secre", false],
    ["", "s", false],
  ] as const
) {
  Deno.test(`sameText() and sameBytes() find "${a}" and "${b}" ${same ? "equal" : "different"}`, () => {
    assertEquals(sameText(a, b), same);
    assertEquals(sameBytes(utf8.encode(a), utf8.encode(b)), same);
  });
}
