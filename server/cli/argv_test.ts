import { assertEquals, assertThrows } from "@std/assert";
import { readArguments } from "./argv.ts";
import { FLAGS } from "./flags.ts";
import { UsageError } from "./usage_error.ts";

function read(line: string): { words: readonly string[]; flags: Record<string, string | true> } {
  const { words, given } = readArguments(line.split(" ").filter((part) => part !== ""), FLAGS);
  const flags = [...given].map(([name, { text }]) => [name, text ?? true] as const);
  return { words, flags: Object.fromEntries(flags) };
}

Deno.test("readArguments joins what may be repeated", () => {
  assertEquals(read("token --name a --names=b,c --name d"), {
    words: ["token"],
    flags: { name: "a,b,c,d" },
  });
  assertEquals(read("-v --single --http :1"), {
    words: [],
    flags: { verbose: true, single: true, http: ":1" },
  });
});

Deno.test("readArguments refuses what may not", () => {
  const cases = [
    ["--http :1 --http :2", "--http is given twice"],
    ["--domian x", "unknown flag --domian: did you mean --domain?"],
    ["-domain x", "unknown flag -domain: did you mean --domain?"],
    ["--http", "--http needs a value: --http ADDR"],
    ["-x", "unknown flag -x: see --help"],
  ] as const;
  for (const [line, message] of cases) {
    assertEquals(assertThrows(() => read(line), UsageError).message, message, line);
  }
});

Deno.test("The flag table has no name twice", () => {
  const names = FLAGS.flatMap((flag) => [flag.name, ...flag.aliases ?? []]);
  assertEquals(names.length, new Set(names).size);
});
