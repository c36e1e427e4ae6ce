import { assertEquals } from "@std/assert";
import { EventLine } from "./event_line.ts";
import { LineBytes } from "./line_bytes.ts";
import { type FieldValue, jsonForm, textForm } from "./line_form.ts";

const ascii = new TextDecoder("ascii", { fatal: true });

/** Writes lines with the fields that are given for each, and reads them again. */
function written(lines: readonly Readonly<Record<string, FieldValue>>[], form = jsonForm) {
  const event = new EventLine("request", form);
  const line = new LineBytes();
  return lines.map((fields, i) => {
    event.begin(line, i);
    for (const [place, [name, value]] of Object.entries(fields).entries()) {
      event.field(line, place, name, value);
    }
    event.end(line);
    return ascii.decode(line.take());
  });
}

function read(line: string): unknown {
  const { time: _, level: _level, event: _event, ...fields } = JSON.parse(line);
  return fields;
}

Deno.test("EventLine writes what a line says, whatever the lines before it said", () => {
  const values = ["/a", "/a", "/b", "", "", '/"\n', '/"\n', "/\u00e9", "/\u2028", "x".repeat(600)];
  const lines = Array.from({ length: 40 }, () => values).flat().map((path, i) => ({
    id: `id-${i}`,
    path,
    status: 200 + i % 3,
    agent: i < 100 ? "one" : "two",
  }));
  assertEquals(written(lines).map(read), lines);
});

Deno.test("EventLine takes fields that change their places, and their kinds", () => {
  const lines = [{ a: "1", b: "2" }, { b: "2", a: "1" }, { a: 1, b: true }, { b: "2" }, {}];
  const many = Array.from({ length: 20 }, () => lines).flat();
  assertEquals(written(many).map(read), many);
});

Deno.test("EventLine escapes a value each time that it comes", () => {
  const hostile = "\x1b[2J\r\n\x9b\u202e";
  const escaped = '"\\u001b[2J\\r\\n\\u009b\\u202e"';
  for (const line of written(Array.from({ length: 40 }, () => ({ path: hostile })), textForm)) {
    assertEquals(line.slice(13), `info  request          path=${escaped}\n`);
  }
});
