import { assertEquals } from "@std/assert";
import { outputMode } from "./output_mode.ts";

Deno.test("outputMode draws only where drawing works", () => {
  const people = { json: false, verbose: false };
  const xterm = { TERM: "xterm" };
  assertEquals(outputMode(people, true, xterm), { mode: "live", colour: true });
  assertEquals(outputMode(people, true, { ...xterm, NO_COLOR: "1" }), {
    mode: "live",
    colour: false,
  });
  assertEquals(outputMode(people, true, { ...xterm, NO_COLOR: "" }), {
    mode: "live",
    colour: true,
  });
  assertEquals(outputMode(people, true, { TERM: "dumb" }), { mode: "plain", colour: false });
  assertEquals(outputMode(people, false, xterm), { mode: "plain", colour: false });
  assertEquals(outputMode({ ...people, verbose: true }, true, xterm), {
    mode: "plain",
    colour: true,
  });
  assertEquals(outputMode({ ...people, json: true }, true, xterm), { mode: "json", colour: false });
});
