import { assert, assertEquals } from "@std/assert";
import { decodeHex, encodeHex } from "@std/encoding/hex";
import { EXAMPLES_HEADING, examplesSection } from "./examples_section.ts";
import { goldenJson } from "./golden.ts";
import {
  formatMeaning,
  isRecordName,
  parseMeaning,
  readFrame,
  readRecord,
  writeFrame,
  writeRecord,
} from "./meaning.ts";
import { VIOLATIONS, violationsJson } from "./violations.ts";

const page = await Deno.readTextFile(new URL("../../protocol/PROTOCOL.md", import.meta.url));

function read(name: string): Promise<string> {
  return Deno.readTextFile(new URL(name, import.meta.url));
}

/** Pairs of a meaning and its bytes, as they stand in a block of the page. */
function pairsOf(block: string): { line: string; bytes: Uint8Array }[] {
  const pairs: { line: string; hex: string }[] = [];
  for (const line of block.split("\n")) {
    if (/^ {4}[0-9a-f]{2}( |$)/.test(line)) pairs.at(-1)!.hex += line.replaceAll(" ", "");
    else if (line !== "") pairs.push({ line: line.trim(), hex: "" });
  }
  return pairs.map(({ line, hex }) => ({ line, bytes: decodeHex(hex) }));
}

function blockAfter(heading: string): string {
  const from = page.indexOf("```text\n", page.indexOf(`\n${heading}\n`)) + "```text\n".length;
  return page.slice(from, page.indexOf("\n```", from));
}

Deno.test("Examples of PROTOCOL.md are what the code does", async () => {
  const section = page.slice(page.indexOf(EXAMPLES_HEADING));
  assertEquals(
    section,
    await examplesSection(),
    "run: deno run -A scripts/protocol_examples.ts",
  );
});

Deno.test("Vectors in JSON are what the code does", async () => {
  assertEquals(await read("golden.json"), await goldenJson());
  assertEquals(await read("violations.json"), violationsJson());
});

Deno.test("Golden records mean what stands above them, both ways", async () => {
  const pairs = pairsOf(blockAfter("### Records"));
  assert(pairs.length >= 10);
  for (const { line, bytes } of pairs) {
    assertEquals(formatMeaning(await readRecord(bytes)), line);
    assertEquals(encodeHex(await writeRecord(parseMeaning(line))), encodeHex(bytes), line);
  }
});

Deno.test("Golden frames mean what stands above them, both ways", () => {
  const pairs = pairsOf(blockAfter("### Frames"));
  assert(pairs.length >= 16);
  for (const { line, bytes } of pairs) {
    assertEquals(formatMeaning(readFrame(bytes)), line);
    assertEquals(encodeHex(writeFrame(parseMeaning(line))), encodeHex(bytes), line);
  }
});

Deno.test("Session in PROTOCOL.md means what stands above its bytes, both ways", async () => {
  let partial = "";
  let frames = 0;
  for (const { line, bytes } of pairsOf(blockAfter("### A session"))) {
    const hex = encodeHex(bytes);
    if (/^(client|server) to|^\(the transport/.test(line)) continue;
    if (line.startsWith('DATA {"length"')) continue;
    if (line.startsWith("(the first")) {
      partial = hex;
      continue;
    }
    const meaning = parseMeaning(line.replace("(the rest of) ", ""));
    if (isRecordName(meaning.name)) {
      assertEquals(await readRecord(bytes), meaning);
      assertEquals(encodeHex(await writeRecord(meaning)), hex);
    } else {
      const whole = line.startsWith("(the rest") ? partial + hex : hex;
      assertEquals(readFrame(decodeHex(whole)), meaning);
      assertEquals(encodeHex(writeFrame(meaning)), whole);
      frames++;
    }
  }
  assert(partial !== "" && frames >= 6);
});

Deno.test("Every row of the table of violations has vectors for everyone it names", () => {
  const section = page.slice(page.indexOf("## 14. Violations"), page.indexOf("## 15. "));
  const rows = section.split("\n").filter((line) => /^\| (both|client|server) /.test(line))
    .map((line) => line.split("|").slice(1, 4).map((cell) => cell.trim()));
  assertEquals(
    VIOLATIONS.map(({ who, what, close }) => [who, what, `\`${close}\``]),
    rows,
  );
  for (const { who, what, vectors } of VIOLATIONS) {
    const senders = new Set(vectors.map(({ sender }) => sender));
    assertEquals(senders, new Set(who === "both" ? ["client", "server"] : [who]), what);
  }
});
