import { assert, assertEquals } from "@std/assert";
import { nowMicros } from "../app/events.ts";
import { eventReader } from "./events.ts";

function* cutAt(bytes: Uint8Array, at: number): Generator<Uint8Array> {
  yield bytes.subarray(0, at);
  yield bytes.subarray(at);
}

Deno.test("eventReader finds every event however the stream is cut", () => {
  const stream = new TextEncoder().encode(`data: ${nowMicros()} xx\n\ndata: ${nowMicros()} xx\n\n`);
  for (let at = 0; at <= stream.length; at++) {
    const ages: number[] = [];
    const read = eventReader((age) => ages.push(age));
    for (const piece of cutAt(stream, at)) read(piece);
    assertEquals(ages.length, 2);
    assert(ages.every((age) => age >= 0 && age < 60_000), String(ages));
  }
});
