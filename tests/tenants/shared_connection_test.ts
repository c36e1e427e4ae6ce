/**
 * One connection of a visitor, a proxy's perhaps, on which there are requests for both tenants:
 * what Mallory answers must never be read as Alice's answer, nor Alice's as hers.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { FrameType } from "../../protocol/mux/frame.ts";
import { encodeFrame } from "../../protocol/mux/outbound.ts";
import { latin1Bytes } from "../support/raw_connection.ts";
import { readAnswers } from "./answer_reader.ts";
import { head, TRICKS } from "./hostile_answers.ts";
import { ALICE, House, MALLORY } from "./house.ts";

for (const isPipelined of [true, false]) {
  const how = isPipelined ? "at once" : "one after the other";
  Deno.test(`What a tenant answers is never another's answer: both are asked ${how}`, async (t) => {
    await using house = await House.open();
    await using _alice = await house.alice();
    for (const { what, method = "GET", answer } of TRICKS) {
      await t.step(what, async () => {
        await using tester = await house.scripted();
        const { mux, link } = await tester.claimed();
        using visitor = await house.server.visit();
        const own = `${method} /own HTTP/1.1\r\nHost: ${house.host(MALLORY)}\r\n\r\n`;
        const other = `GET /other HTTP/1.1\r\nHost: ${
          house.host(ALICE)
        }\r\nConnection: close\r\n\r\n`;
        await visitor.send(isPipelined ? own + other : own);
        const stream = await mux.opened(0);
        link.isStrict = false;
        await answer(stream, link);
        let text = "";
        if (!isPipelined) {
          // Whoever sees an answer whole uses the connection again.
          text = await visitor.take((come) => come !== "");
          // It may be closed by now.
          await visitor.send(other).catch(() => {});
        }
        text += await visitor.takeToEnd();
        check(text, method);
      });
    }
    assert(house.seenByAlice.all.every((line) => line === "GET /other"), "she saw her own only");
  });
}

/** The second answer is Alice's, or there is none. */
function check(text: string, method: string): void {
  const [first, second, ...more] = readAnswers(text, [method, "GET"]);
  assertEquals(more, []);
  assert(!first?.body.includes("alice says"), "Alice's answer is not Mallory's either");
  if (second === undefined) return;
  assert(first?.isWhole, "nothing comes behind an answer that is not whole");
  assertEquals([second.status, second.body, second.isWhole], [200, "alice says /other", true]);
}

Deno.test("Late frames for a stream that is over do not reach the next request on the connection", async () => {
  await using house = await House.open();
  await using _alice = await house.alice();
  await using tester = await house.scripted();
  const { mux, link } = await tester.claimed();
  using visitor = await house.server.visit();
  for (let round = 0; round < 20; round++) {
    await visitor.send(`GET /own HTTP/1.1\r\nHost: ${house.host(MALLORY)}\r\n\r\n`);
    const stream = await mux.opened(round);
    await stream.respond(head("Content-Length: 2\r\n"), latin1Bytes("ok"), true);
    await link.send(encodeFrame(FrameType.reset, Uint8Array.of(0, 4), stream));
    await visitor.send(`GET /other HTTP/1.1\r\nHost: ${house.host(ALICE)}\r\n\r\n`);
    const text = await visitor.take((text) => text.endsWith("alice says /other"));
    const [first, second] = readAnswers(text, ["GET", "GET"]);
    assertEquals([first?.body, second?.body], ["ok", "alice says /other"]);
  }
});
