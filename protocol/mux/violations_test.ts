import { assert, assertEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { chunkings } from "../../tests/support/chunkings.ts";
import { MuxEnd } from "../../tests/support/mux_end.ts";
import { SeededRandom } from "../../tests/support/seeded_random.ts";
import {
  controlFrame,
  creditFrame,
  dataFrame,
  HTTP_HEAD,
  openFrame,
  rawFrame,
  resetFrame,
  responseFrame,
  TCP_HEAD,
} from "../../tests/support/mux_raw.ts";
import {
  CLAIM,
  makeEnd,
  overAt,
  repeat,
  type Role,
  STREAMS,
  type Violation,
  VIOLATIONS,
  WINDOW,
} from "../../tests/support/mux_violations.ts";
import { ProtocolError, SessionClosed } from "../errors.ts";
import { FIN, FrameType } from "./frame.ts";

function outcomeOf(row: Violation, pieces: (bytes: Uint8Array) => Iterable<Uint8Array>): string {
  const end = makeEnd(row.peer);
  row.before?.(end);
  const bytes = typeof row.bytes === "function" ? row.bytes() : row.bytes;
  try {
    for (const piece of pieces(bytes)) end.mux.receive(piece);
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
  assertEquals(end.stale, []);
  return "ok";
}

Deno.test("Mux ends the session with the code that the table says", async (t) => {
  for (const row of VIOLATIONS) {
    await t.step(`${row.peer}: ${row.name} -> ${row.outcome}`, () => {
      assertEquals(outcomeOf(row, (bytes) => [bytes]), row.outcome);
    });
  }
});

Deno.test("Mux sees a violation however the bytes are cut", () => {
  for (const row of VIOLATIONS) {
    const bytes = typeof row.bytes === "function" ? row.bytes() : row.bytes;
    if (bytes.length > 300) continue;
    for (const { name, pieces } of chunkings(bytes, { random: 2 })) {
      assertEquals(outcomeOf(row, () => pieces), row.outcome, `${row.peer}: ${row.name}, ${name}`);
    }
  }
});

Deno.test("Mux has at most one way of ending for every violation named in the table", () => {
  const names = VIOLATIONS.map(({ peer, name }) => `${peer}: ${name}`);
  assertEquals(new Set(names).size, names.length);
  assert(names.length >= 100);
});

Deno.test("Mux refills what it allows with time, and with streams that end", () => {
  const end = makeEnd("client");
  end.mux.receive(repeat(512, controlFrame(FrameType.claim, CLAIM)));
  end.now += 1000;
  end.mux.receive(repeat(16, controlFrame(FrameType.claim, CLAIM)));
  overAt(end);
  end.mux.receive(repeat(65_536, creditFrame(1)));
  overAt(end);
  const { generation } = end.opened.at(-1)!.stream;
  end.mux.receive(repeat(4, creditFrame(1, { generation })));
});

Deno.test("Mux.receive throws nothing but ProtocolError, whatever comes in", () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 3000; seed++) {
    const random = new SeededRandom(seed);
    const peer = random.pick<Role>(["server", "client"]);
    const end = makeEnd(peer);
    prepare(end, random);
    try {
      for (let frame = random.between(1, 12); frame > 0; frame--) {
        end.mux.receive(hostileFrame(random));
        for (const stream of end.opened) {
          if (random.chance(0.2)) stream.consume();
          else if (random.chance(0.1)) stream.reset();
        }
      }
      seen.add("ok");
    } catch (error) {
      assert(error instanceof ProtocolError, `seed ${seed}: ${error}`);
      seen.add(error.code);
    }
    assertEquals(end.stale, [], `seed ${seed}`);
    end.pull();
  }
  assertEquals(
    [...seen].sort(),
    ["bad_frame", "bad_stream", "flow_violation", "frame_too_large", "ok", "unexpected_frame"],
  );
});

/** A few streams in different states. */
function prepare(end: MuxEnd, random: SeededRandom): void {
  for (let slot = 0; slot < random.between(0, STREAMS); slot++) {
    const head = random.pick([HTTP_HEAD, TCP_HEAD]);
    if (end.role === "server") end.open(head, undefined, random.chance(0.5));
    else end.mux.receive(openFrame(head, { slot, flags: random.between(0, FIN) }));
  }
}

/** A legal frame, somewhat changed, or anything at all. */
function hostileFrame(random: SeededRandom): Uint8Array {
  const name = { slot: random.between(0, STREAMS), generation: random.pick([0, 0, 0, 1]) };
  const flags = random.pick([0, 0, FIN]);
  const frame = random.pick([
    () => openFrame(random.pick([HTTP_HEAD, TCP_HEAD]), { ...name, flags }),
    () => responseFrame(random.pick([100, 101, 200, 404]), { ...name, flags }),
    () => dataFrame(random.size(WINDOW), { ...name, flags }),
    () => rawFrame(FrameType.trailers, { ...name, flags: FIN, payload: random.bytes(9) }),
    () => creditFrame(random.size(0x7fff_ffff), name),
    () => resetFrame(random.size(0xffff), name),
    () => controlFrame(FrameType.claim, CLAIM),
    () =>
      rawFrame(random.between(0, 255), { ...name, flags, payload: random.bytes(random.size(40)) }),
    () => random.bytes(random.size(40)),
  ])();
  for (let change = random.pick([0, 0, 0, 1, 3]); change > 0 && frame.length > 0; change--) {
    frame[random.between(0, frame.length - 1)] = random.between(0, 255);
  }
  return frame;
}

Deno.test("Mux tells nobody of what comes behind the end of the session", () => {
  const end = new MuxEnd("client", {
    onOpen: () => end.mux.abandon(new SessionClosed("normal", "local")),
  });
  const goaway = rawFrame(FrameType.goaway, { payload: new Uint8Array(4) });
  end.mux.receive(concat([
    openFrame(HTTP_HEAD, { body: Uint8Array.of(1, 2), flags: FIN }),
    openFrame(HTTP_HEAD, { slot: 1 }),
    dataFrame(3, { slot: 1 }),
    goaway,
  ]));
  assertEquals([end.opened.length, end.controls.length, end.mux.openStreams], [1, 0, 0]);
});
