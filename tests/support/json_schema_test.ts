import { assertEquals, assertThrows } from "@std/assert";
import { schemaFaults } from "./json_schema.ts";

const DOCUMENT = { parts: { word: { type: "string", pattern: "^[a-z]+$", maxLength: 3 } } };

const PERSON = {
  type: "object",
  properties: { name: { $ref: "#/parts/word" }, age: { type: ["integer", "null"], minimum: 0 } },
  required: ["name"],
  additionalProperties: false,
};

const rows: [value: unknown, schema: unknown, faults: number][] = [
  [{ name: "ann" }, PERSON, 0],
  [{ name: "ann", age: null }, PERSON, 0],
  [{ name: "ann", age: -1 }, PERSON, 1],
  [{ name: "ann", age: 1.5 }, PERSON, 1],
  [{ name: "Anna" }, PERSON, 2],
  [{ age: 1 }, PERSON, 1],
  [{ name: "ann", town: "x" }, PERSON, 1],
  [[], PERSON, 1],
  [null, PERSON, 1],
  [["a", 1], { items: { type: "string" }, maxItems: 1 }, 2],
  ["b", { enum: ["a", "c"] }, 1],
  [7, { maximum: 6 }, 1],
  [NaN, { type: "number" }, 1],
  ["", { minLength: 1 }, 1],
  ["a", { oneOf: [{ type: "string" }, { minLength: 1 }] }, 1],
  ["a", { oneOf: [{ type: "string" }, { type: "number" }] }, 0],
];

Deno.test("schemaFaults() finds what does not fit", () => {
  for (const [value, schema, faults] of rows) {
    const found = schemaFaults(value, schema, DOCUMENT);
    assertEquals(found.length, faults, `${JSON.stringify(value)}: ${found.join("; ")}`);
  }
});

Deno.test("schemaFaults() refuses schemas that it cannot honour", () => {
  for (
    const schema of [
      { patern: "x" },
      { type: "text" },
      { additionalProperties: true },
      { $ref: "#/parts/other" },
      { $ref: "other.json" },
      { items: true },
    ]
  ) assertThrows(() => schemaFaults([1], schema, DOCUMENT), TypeError);
});
