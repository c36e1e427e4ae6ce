import { assertEquals, assertThrows } from "@std/assert";
import { parseStrictJson } from "./strict_json.ts";

const GOOD = [
  ...["{}", "[]", '""', "1", '{"a":1,"b":{"a":2}}', '[{"a":1},{"a":2}]', '{"a":{"b":1},"b":2}'],
  ...['{"a":"{\\"a\\":1,\\"a\\":2}"}', '{"a":["a","a"]}', '{"a":":","b":"\\\\"}', ' { "a" : 1 } '],
];

const REPEATED = [
  ...['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '{"a":{},"b":1,"a":[]}', '[{"x":{"a":1,"a":2}}]'],
  ...['{"a":1 , "a" : 2}', '{"":1,"":2}', '{"__proto__":1,"__proto__":2}', '{"a":"\\"","a":1}'],
];

for (const text of GOOD) {
  Deno.test(`parseStrictJson() reads ${text} as JSON.parse() does`, () => {
    assertEquals(parseStrictJson(text), JSON.parse(text));
  });
}

for (const text of REPEATED) {
  Deno.test(`parseStrictJson() refuses ${text}`, () => {
    JSON.parse(text);
    assertThrows(() => parseStrictJson(text), SyntaxError, "twice");
  });
}

Deno.test("parseStrictJson() refuses what is not JSON", () => {
  for (const text of ["", "{", "{a:1}", '{"a":1,}', "[1 2]", "NaN"]) {
    assertThrows(() => parseStrictJson(text), SyntaxError);
  }
});
