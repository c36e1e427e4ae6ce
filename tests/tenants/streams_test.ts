import { assert, assertEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { encodeRecord, RecordType, writeNumberRecord } from "../../protocol/link/record.ts";
import { FrameType } from "../../protocol/mux/frame.ts";
import { encodeFrame, encodeHeadFrame } from "../../protocol/mux/outbound.ts";
import type { ServerLink } from "../conformance/server_suite/server_link.ts";
import { ALICE, claim, House } from "./house.ts";

const ascii = new TextEncoder();
const POISON = { status: 200, minorVersion: 1, reason: "OK", headers: ascii.encode("X-By: M\r\n") };

/** Frames about a stream that is not there in Mallory's session, but is in Alice's. */
function framesFor(slot: number, generation: number): [what: string, frame: Uint8Array][] {
  const name = { slot, generation };
  return [
    ["RESPONSE", encodeHeadFrame(name, POISON, ascii.encode("poison"), true)],
    ["RESPONSE 1xx", encodeHeadFrame(name, { ...POISON, status: 103 })],
    ["DATA", encodeFrame(FrameType.data, ascii.encode("poison"), name)],
    ["DATA with FIN", encodeFrame(FrameType.data, ascii.encode("poison"), name, true)],
    ["TRAILERS", encodeFrame(FrameType.trailers, ascii.encode("X: poison\r\n"), name, true)],
    ["CREDIT", encodeFrame(FrameType.credit, Uint8Array.of(0x7f, 0xff, 0xff, 0xff), name)],
    ["RESET", encodeFrame(FrameType.reset, Uint8Array.of(0, 4), name)],
  ];
}

/** Sends what no honest client sends, and waits until the server has had enough, or has it all. */
async function say(session: ServerLink, bytes: Uint8Array): Promise<void> {
  const { link } = session;
  link.isStrict = false;
  const before = link.noted.filter(({ kind }) => kind === "pong").length;
  await link.write(bytes);
  await link.write(encodeRecord(RecordType.ping, new Uint8Array(8)));
  await link.watch.until(
    () =>
      link.isEnded || link.closed !== undefined ||
      link.noted.filter(({ kind }) => kind === "pong").length > before,
    "CLOSE or PONG",
    10_000,
  );
}

Deno.test("A tenant cannot answer, feed, starve or end the requests of another", async (t) => {
  await using house = await House.open();
  await using alice = await house.alice();
  await using mallory = await house.scripted();
  // Alice's first streams are in the lowest slots, in the first generation.
  const held = Array.from({ length: 4 }, () => alice.get("/held"));
  while (house.seenByAlice.all.length < held.length) await house.seenByAlice.next();
  for (const slot of [0, 1, 3, 127]) {
    for (const generation of [0, 1, 255]) {
      for (const [what, frame] of framesFor(slot, generation)) {
        await t.step(`${what} in slot ${slot}, generation ${generation}`, async () => {
          const session = await mallory.claimed();
          await say(session, encodeRecord(RecordType.data, frame));
          session.link.drop();
        });
      }
    }
  }
  house.letGo();
  for (const answer of await Promise.all(held)) {
    assertEquals(answer.body, "alice says /held");
    assertEquals(answer.header("x-by"), undefined);
  }
  assertEquals((await alice.get("/after")).body, "alice says /after");
  const troubles = alice.events.all.filter(({ event }) => event === "reconnecting");
  assertEquals(troubles, [], "and her session has not been touched");
});

Deno.test("Forged acknowledgements, pongs and control frames harm nobody but who sends them", async (t) => {
  await using house = await House.open();
  await using alice = await house.alice();
  await using mallory = await house.scripted();
  const held = alice.get("/held");
  const json = (type: number, value: unknown) =>
    encodeRecord(RecordType.data, encodeFrame(type, ascii.encode(JSON.stringify(value))));
  const ack = (bytes: number) => {
    const record = new Uint8Array(12);
    writeNumberRecord(record, 0, RecordType.ack, bytes);
    return record;
  };
  const tries: [what: string, bytes: Uint8Array][] = [
    ["an ACK of what was never sent", ack(2 ** 40)],
    ["an ACK of everything there can be", ack(Number.MAX_SAFE_INTEGER)],
    ["an ACK of less than before", concat([ack(1), ack(0)])],
    ["a PONG that nobody asked for", encodeRecord(RecordType.pong, new Uint8Array(8).fill(7))],
    [
      "RELEASE of every tunnel number",
      concat(
        Array.from({ length: 256 }, (_, tunnel) => json(FrameType.release, { tunnel })),
      ),
    ],
    [
      "REVOKED, which only a server says",
      json(FrameType.revoked, {
        tunnel: 1,
        reason: "removed",
        message: "",
        drainMs: 0,
      }),
    ],
    [
      "CLAIMED, which only a server says",
      json(FrameType.claimed, {
        tunnel: 1,
        name: ALICE,
        url: "",
        generation: 9,
      }),
    ],
    [
      "GOAWAY",
      encodeRecord(
        RecordType.data,
        encodeFrame(FrameType.goaway, Uint8Array.of(0, 0, 0, 0)),
      ),
    ],
    [
      "OPEN, which only a server says",
      encodeRecord(
        RecordType.data,
        encodeHeadFrame({ slot: 0, generation: 0 }, {
          kind: "tcp",
          tunnel: 1,
          visitor: "192.0.2.1:1",
        }),
      ),
    ],
  ];
  for (const [what, bytes] of tries) {
    await t.step(what, async () => {
      const session = await mallory.claimed();
      await say(session, bytes);
      session.link.drop();
    });
  }
  house.letGo();
  assertEquals((await held).body, "alice says /held");
});

Deno.test("A tenant's AUTH with a good token of her own changes nothing for another", async () => {
  await using house = await House.open();
  await using alice = await house.alice();
  await using mallory = await house.scripted();
  const session = await mallory.claimed();
  for (const sub of ["alice", "eve"]) {
    await session.mux.sendControl({ type: "auth", token: await house.token(sub) });
  }
  const second = await session.mux.control("auth_result", 1);
  assert(!second.ok, "a session keeps its owner");
  const { outcome } = await claim(session, { tunnel: 2, name: ALICE });
  assertEquals(outcome, "name_taken");
  assertEquals((await alice.get("/")).body, "alice says /");
});
