import { assert, assertEquals } from "@std/assert";
import { ANN } from "../../tests/support/lease_fixture.ts";
import { SeededRandom } from "../../tests/support/seeded_random.ts";
import { floorLine, forgetLine, readJournal, saveLine } from "./journal.ts";
import type { LeaseRecord } from "./lease_store.ts";

function record(name: string, generation: number): LeaseRecord {
  return {
    kind: "http",
    name,
    owner: ANN,
    generation,
    nonces: ["n1", ""],
    tag: null,
    live: true,
    usedAt: 1_767_225_600_000,
  };
}

function read(text: string): ReturnType<typeof readJournal> {
  return readJournal(new TextEncoder().encode(text));
}

const TEXT = [
  floorLine(3),
  saveLine(record("one", 5)),
  saveLine(record("two", 6)),
  saveLine(record("one", 7)),
  forgetLine("http", "two", 6),
  saveLine(record("three", 8)),
];

Deno.test("readJournal() gives the last word on each name", () => {
  const { records, floor, lines, damagedLines, tornBytes } = read(TEXT.join(""));
  assertEquals([...records.values()], [record("one", 7), record("three", 8)]);
  assertEquals([floor, lines, damagedLines, tornBytes], [6, 6, [], 0]);
});

Deno.test("readJournal() reads an empty journal", () => {
  const { records, floor, length } = read("");
  assertEquals([records.size, floor, length], [0, 0, 0]);
});

Deno.test("readJournal() reads a journal cut off anywhere as all its complete lines", () => {
  const bytes = new TextEncoder().encode(TEXT.join(""));
  for (let cut = 0; cut <= bytes.length; cut++) {
    const { lines, damagedLines, length, tornBytes } = readJournal(bytes.subarray(0, cut));
    const complete = bytes.subarray(0, cut).filter((byte) => byte === 0x0a).length;
    assertEquals([lines, damagedLines, length + tornBytes], [complete, [], cut]);
  }
});

for (
  const line of [
    "",
    "null",
    "7",
    "{}",
    '{"save":null}',
    '{"save":{"kind":"http","name":"x"}}',
    saveLine({ ...record("x", 1), generation: 1.5 }).trim(),
    saveLine({ ...record("x", 1), generation: -1 }).trim(),
    saveLine({ ...record("a b", 1) }).trim(),
    saveLine({ ...record("x", 1), nonces: ["a b"] }).trim(),
    saveLine({ ...record("x", 1), nonces: ["1", "2", "3", "4", "5"] }).trim(),
    '{"forget":{"kind":"http","name":"one"}}',
    '{"forget":{"kind":"ftp","name":"one"},"floor":1}',
    '{"floor":"9"}',
    "\0\0\0\0",
    saveLine(record("x", 1)).slice(0, -3) + saveLine(record("y", 1)).trim(),
  ]
) {
  Deno.test(`readJournal() skips the damaged line ${JSON.stringify(line.slice(0, 60))}`, () => {
    const { records, damagedLines, floor } = read(
      TEXT.slice(0, 2).join("") + line + "\n" + TEXT[2],
    );
    assertEquals(damagedLines, [3]);
    assertEquals([...records.values()], [record("one", 5), record("two", 6)]);
    assertEquals(floor, 3);
  });
}

Deno.test("readJournal() drops fields that it does not know", () => {
  const newer = { ...record("one", 5), colour: "blue" };
  assertEquals([...read(saveLine(newer)).records.values()], [record("one", 5)]);
});

Deno.test("readJournal() takes any bytes: what it gives is sound, and damage is counted", () => {
  const random = new SeededRandom(1);
  const whole = new TextEncoder().encode(TEXT.join(""));
  for (let round = 0; round < 500; round++) {
    const bytes = whole.slice();
    for (let i = 0; i < 3; i++) {
      bytes[random.below(bytes.length)] = random.below(256);
    }
    const { records, length, tornBytes } = readJournal(bytes);
    assertEquals(length + tornBytes, bytes.length);
    for (const { name, generation } of records.values()) {
      assert(/^[a-z0-9-]+$/.test(name) && Number.isSafeInteger(generation));
    }
  }
});
