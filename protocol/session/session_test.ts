import { assertEquals } from "@std/assert";
import { SessionPair } from "../../tests/support/session_pair.ts";
import { SimulatedClock } from "../../tests/support/simulated_clock.ts";

Deno.test("A stream is handed over when what came along with its head is there", async () => {
  const clock = new SimulatedClock();
  const seen: [bytes: number, isOver: boolean][] = [];
  const connecting = SessionPair.connect({
    clock,
    onStream: (stream) => void seen.push([stream.buffered, stream.tryRead() === null]),
  });
  await using pair = await clock.runUntil(connecting);
  pair.server.open({ kind: "tcp", tunnel: 0, visitor: "" }, new Uint8Array(5), true);
  pair.server.open({ kind: "tcp", tunnel: 0, visitor: "" }, undefined, true);
  pair.server.open({ kind: "tcp", tunnel: 0, visitor: "" });
  await clock.advance(0);
  assertEquals(seen, [[5, false], [0, true], [0, false]]);
});
