import { assert, assertEquals } from "@std/assert";
import { compare, run } from "./http1_differential.ts";
import { FOUND } from "./http1_found.ts";
import { randomFrom } from "./http1_generator.ts";

Deno.test("The HTTP/1.1 codec and llhttp agree on what it accepts of 5,000 streams", async () => {
  const report = await run({ seed: 1, seconds: 60, cases: 5000, log: () => {} });
  // Else the streams would be too broken to say anything.
  assert(report.messages > 1000, `only ${report.messages} messages were accepted`);
  assert(Object.keys(report.refusals).length > 20);
});

for (const { name, kind, text, noBody = false } of FOUND) {
  Deno.test(`The HTTP/1.1 codec is not misled where ${name}`, () => {
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const { problem } = compare({ kind, bytes, noBody, ended: false }, randomFrom(1));
    assertEquals(problem, null);
  });
}

Deno.test("The comparison with llhttp can fail", () => {
  // Read as answers to HEAD by one and to GET by the other, bodies differ.
  const text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const stream = { kind: "response", bytes, noBody: false, ended: false } as const;
  assertEquals(compare(stream, randomFrom(1)).problem, null);
  const { problem } = compare(stream, randomFrom(1), { refereeNoBody: true });
  assert(problem !== null && problem.includes("body"));
});
