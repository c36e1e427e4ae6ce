import { assertEquals } from "@std/assert";
import { SeededRandom } from "../../tests/support/seeded_random.ts";
import { matchesPattern } from "./name_pattern.ts";

Deno.test("matchesPattern() says what a regular expression would say", () => {
  const random = new SeededRandom(5);
  const word = (letters: string, most: number) =>
    Array.from({ length: random.below(most + 1) }, () => letters[random.below(letters.length)])
      .join("");
  for (let i = 0; i < 20_000; i++) {
    const [pattern, text] = [word("ab*", 6), word("ab", 8)];
    const expected = new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(text);
    assertEquals(matchesPattern(pattern, text), expected, `${pattern} on ${text}`);
  }
});

Deno.test("matchesPattern() takes no longer for a pattern that was made to be slow", () => {
  const pattern = `${"a*".repeat(31)}b`;
  assertEquals(matchesPattern(pattern, "a".repeat(100_000)), false);
});
