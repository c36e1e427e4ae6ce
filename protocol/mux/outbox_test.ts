import { assert, assertEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { collectGarbage } from "../../tests/support/collect_garbage.ts";
import { MuxEnd, muxPair } from "../../tests/support/mux_end.ts";
import { SeededRandom } from "../../tests/support/seeded_random.ts";
import { creditFrame, FrameRecorder, TCP_HEAD } from "../../tests/support/mux_raw.ts";
import { PULL_BYTES } from "../limits.ts";
import { FrameType } from "./frame.ts";
import { FrameDecoder } from "./frame_decoder.ts";
import type { MuxStream } from "./stream.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const AMPLE = { streams: 1024, window: 1024 * MIB };

function server(): MuxEnd {
  return new MuxEnd("server", { peer: AMPLE });
}

/** Streams whose OPEN has left. */
function openStreams(end: MuxEnd, count: number): MuxStream[] {
  const streams = Array.from({ length: count }, () => end.open(TCP_HEAD).stream);
  end.pull();
  return streams;
}

/** Bytes of data by slot. */
function bytesBySlot(bytes: Uint8Array): Map<number, number> {
  const recorder = new FrameRecorder();
  new FrameDecoder(recorder, "server").push(bytes);
  const sums = new Map<number, number>();
  for (const { type, slot, payload } of recorder.frames) {
    if (type === FrameType.data) sums.set(slot, (sums.get(slot) ?? 0) + payload.length);
  }
  return sums;
}

/** The types and slots of what fits into one room. */
function pullOnce(end: MuxEnd, roomBytes = PULL_BYTES): { type: number; slot: number }[] {
  const room = new Uint8Array(roomBytes);
  const recorder = new FrameRecorder();
  const whole = room.subarray(0, end.mux.outbox.fill(room));
  new FrameDecoder(recorder, "server").push(whole);
  return recorder.frames.map(({ type, slot }) => ({ type, slot }));
}

Deno.test("Outbox sends urgent frames before data, in their order", () => {
  const end = server();
  const [bulk] = openStreams(end, 1);
  bulk!.send(new Uint8Array(MIB));
  end.mux.sendControl({ type: "expiring", inMs: 1 });
  end.open(TCP_HEAD);
  const types = pullOnce(end).map(({ type }) => type);
  assertEquals(types.slice(0, 3), [FrameType.expiring, FrameType.open, FrameType.data]);
});

Deno.test("Outbox lets data pass when urgent frames never end", () => {
  const end = server();
  const [bulk] = openStreams(end, 1);
  bulk!.send(new Uint8Array(64 * MIB));
  const before = bulk!.queue.bytes;
  let urgent = 0;
  for (let pull = 0; pull < 50; pull++) {
    while (end.mux.outbox.waiting < 20) {
      end.mux.sendControl({ type: "auth_result", ok: true, message: "m".repeat(15 * KIB) });
    }
    const types = pullOnce(end).map(({ type }) => type);
    urgent += types.filter((type) => type === FrameType.authResult).length;
  }
  const sent = before - bulk!.queue.bytes;
  assert(sent > 50 * PULL_BYTES / 4, `${sent} of data`);
  assert(urgent * 15 * KIB > 50 * PULL_BYTES / 3, `${urgent} urgent frames`);
});

Deno.test("Outbox never lets data overtake the head of its own stream", () => {
  for (let controls = 1; controls < 12; controls++) {
    const end = server();
    const [bulk] = openStreams(end, 1);
    bulk!.send(new Uint8Array(16 * MIB));
    for (let at = 0; at < controls; at++) {
      end.mux.sendControl({ type: "auth_result", ok: true, message: "m".repeat(15 * KIB) });
    }
    const { stream } = end.open(TCP_HEAD, new Uint8Array(100 * KIB), true);
    const frames = [1, 2, 3].flatMap(() => pullOnce(end, 2 * PULL_BYTES));
    const own = frames.filter(({ slot, type }) => slot === stream.slot && type < FrameType.claim);
    assertEquals(own[0]?.type, FrameType.open, `behind ${controls} control frames`);
  }
});

Deno.test("Outbox sends a stream that was idle before those that have been sending", () => {
  const end = server();
  const streams = openStreams(end, 11);
  const late = streams.pop()!;
  for (const stream of streams) stream.send(new Uint8Array(8 * MIB));
  for (let pull = 0; pull < 10; pull++) pullOnce(end);
  late.send(new Uint8Array(64 * KIB));
  assertEquals(bytesBySlot(fill(end)).get(late.slot), 64 * KIB);
});

function fill(end: MuxEnd, roomBytes = PULL_BYTES): Uint8Array {
  const room = new Uint8Array(roomBytes);
  return room.subarray(0, end.mux.outbox.fill(room));
}

Deno.test("Outbox does not take a download that has run dry for a stream that was idle", () => {
  const end = server();
  const streams = openStreams(end, 11);
  const small = streams.pop()!;
  const piece = new Uint8Array(64 * KIB);
  for (let pull = 0; pull < 100; pull++) {
    for (const stream of streams) if (stream.queue.bytes === 0) stream.send(piece);
    fill(end);
  }
  small.send(new Uint8Array(13));
  assertEquals(pullOnce(end)[0]!.slot, small.slot);
});

Deno.test("Outbox sends an end at once when nothing of its stream waits", () => {
  const end = server();
  const streams = openStreams(end, 11);
  const small = streams.pop()!;
  for (const stream of streams) stream.send(new Uint8Array(8 * MIB));
  for (let pull = 0; pull < 10; pull++) pullOnce(end);
  small.send(new Uint8Array(13));
  pullOnce(end);
  small.end();
  const slots = pullOnce(end).map(({ slot }) => slot);
  assertEquals(slots.indexOf(small.slot), 0);
  for (let pull = 0; pull < 20; pull++) slots.push(...pullOnce(end).map(({ slot }) => slot));
  assertEquals(slots.lastIndexOf(small.slot), 0);
});

Deno.test("Outbox keeps one place for an end, however much a peer grants that takes nothing", () => {
  const end = server();
  const [stream] = openStreams(end, 1);
  stream!.send(new Uint8Array(1));
  end.pull();
  stream!.end();
  const grants = concat(Array.from({ length: 1000 }, () => creditFrame(1)));
  collectGarbage();
  const before = Deno.memoryUsage().heapUsed;
  for (let round = 0; round < 1000; round++) end.mux.receive(grants);
  collectGarbage();
  const kept = Deno.memoryUsage().heapUsed - before;
  assert(kept < MIB, `${kept} bytes for a million grants`);
  assertEquals(pullOnce(end), [{ type: FrameType.data, slot: 0 }]);
});

Deno.test("Outbox sends what a stream has left before its end", () => {
  const end = server();
  const streams = openStreams(end, 11);
  for (const stream of streams) stream.send(new Uint8Array(MIB));
  pullOnce(end);
  const ending = streams[0]!;
  const before = MIB - ending.queue.bytes;
  ending.end();
  let sum = before;
  for (let pull = 0; pull < 200; pull++) sum += bytesBySlot(fill(end)).get(ending.slot) ?? 0;
  assertEquals(sum, MIB);
});

Deno.test("Outbox does not starve bulk, however many new streams come", () => {
  const end = new MuxEnd("server", { peer: { streams: 0x1_0000, window: MIB } });
  const bulk = end.open(TCP_HEAD).stream;
  bulk.queue.window.grant(64 * MIB);
  bulk.send(new Uint8Array(32 * MIB));
  const before = bulk.queue.bytes;
  const answer = new Uint8Array(32 * KIB);
  let pulled = 0;
  for (let pull = 0; pull < 400; pull++) {
    // Twice as much as can be sent, and each of them is new.
    for (let at = 0; at < 8; at++) end.open(TCP_HEAD, answer, true);
    pulled += fill(end).length;
  }
  const share = (before - bulk.queue.bytes) / pulled;
  assert(share > 0.05, `bulk got ${(share * 100).toFixed(1)} %`);
});

Deno.test("Outbox gives bulk its share among streams that send a little at a time", () => {
  const end = server();
  const streams = openStreams(end, 21);
  const bulk = streams.pop()!;
  bulk.send(new Uint8Array(32 * MIB));
  const before = bulk.queue.bytes;
  let pulled = 0;
  for (let pull = 0; pull < 200; pull++) {
    for (const stream of streams) {
      if (stream.queue.bytes === 0) stream.send(new Uint8Array(16 * KIB));
    }
    pulled += fill(end).length;
  }
  const share = (before - bulk.queue.bytes) / pulled;
  assert(share > 1 / 21, `bulk got ${(share * 100).toFixed(1)} %`);
});

Deno.test("Outbox divides evenly between bulk streams, whatever room there is", () => {
  const rooms: readonly (() => number)[] = [
    () => PULL_BYTES,
    () => 512,
    () => 40 * KIB,
    () => 33 * KIB,
    ...[1, 2, 3].map((seed) => {
      const random = new SeededRandom(seed);
      return () => 512 + random.size(PULL_BYTES);
    }),
  ];
  for (const [at, nextRoom] of rooms.entries()) {
    for (const count of [2, 3, 7]) {
      const end = server();
      const streams = openStreams(end, count);
      for (const stream of streams) stream.send(new Uint8Array(16 * MIB));
      const sums = new Map<number, number>();
      for (let pulled = 0; pulled < count * 4 * MIB;) {
        const bytes = fill(end, nextRoom());
        pulled += bytes.length;
        for (const [slot, sum] of bytesBySlot(bytes)) sums.set(slot, (sums.get(slot) ?? 0) + sum);
      }
      const all = streams.map(({ slot }) => sums.get(slot) ?? 0);
      const ratio = Math.min(...all) / Math.max(...all);
      assert(ratio > 0.9, `rooms ${at}, ${count} streams: ${all}`);
    }
  }
});

/** What each turn sends, one after the other. */
function turnsOf(bytes: Uint8Array): number[] {
  const recorder = new FrameRecorder();
  new FrameDecoder(recorder, "server").push(bytes);
  const turns: number[] = [];
  let last = -1;
  for (const { slot, payload } of recorder.frames) {
    if (slot === last) turns.push(turns.pop()! + payload.length);
    else turns.push(payload.length);
    last = slot;
  }
  return turns;
}

const TURNS = [
  { bytesPerSecond: 12_500_000, turn: 32 * KIB },
  { bytesPerSecond: 250_000_000, turn: 62_500 },
  { bytesPerSecond: 10_000_000_000, turn: 128 * KIB },
];

for (const { bytesPerSecond, turn } of TURNS) {
  Deno.test(`Outbox gives turns of ${turn} bytes over a line of ${bytesPerSecond} bytes/s`, () => {
    const end = server();
    end.bytesPerSecond = bytesPerSecond;
    for (const stream of openStreams(end, 2)) stream.send(new Uint8Array(8 * MIB));
    const turns = turnsOf(concat(Array.from({ length: 20 }, () => fill(end))));
    // The first ones are those of streams that had nothing to send before, the last is cut short.
    assertEquals(new Set(turns.slice(2, -1)), new Set([turn]));
  });
}

Deno.test("Outbox does not let a stream without credit hold up the others", () => {
  const end = new MuxEnd("server", { peer: { streams: 1024, window: 1000 } });
  const streams = openStreams(end, 1000);
  for (const stream of streams) stream.send(new Uint8Array(5000));
  const sums = bytesBySlot(end.pull());
  assertEquals([sums.size, Math.max(...sums.values()), end.mux.outbox.pending], [1000, 1000, 0]);
  streams[500]!.queue.window.grant(5000);
  end.mux.outbox.pushStream(streams[500]!);
  assertEquals([...bytesBySlot(end.pull())], [[500, 4000]]);
});

Deno.test("Frames that are split over rooms of any size come together again", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = new SeededRandom(seed);
    const limits = { initialWindow: 16 * MIB, maxWindow: 16 * MIB };
    const ends = muxPair({ server: { limits }, client: { limits, keep: true } });
    const sent = new Map<MuxStream, Uint8Array[]>();
    const bytes: Uint8Array[] = [];
    for (let step = 0; step < 60; step++) {
      const kind = random.fraction();
      if (kind < 0.3 || sent.size === 0) {
        const body = random.bytes(random.size(20 * KIB));
        const http = {
          kind: "http",
          tunnel: 0,
          visitor: "",
          scheme: "http",
          minorVersion: 1,
          method: "GET",
          target: "/",
          authority: "a",
          headers: random.bytes(random.size(60 * KIB)),
        } as const;
        const { stream } = ends.server.open(random.pick([TCP_HEAD, http]), body);
        sent.set(stream, [body]);
      } else if (kind < 0.8) {
        const [stream, pieces] = random.pick([...sent]);
        const piece = random.bytes(random.size(100 * KIB));
        stream.send(piece);
        pieces.push(piece);
      } else {
        ends.server.mux.sendControl({ type: "expiring", inMs: step });
      }
      if (random.chance(0.5)) bytes.push(ends.server.pull(() => 512 + random.size(PULL_BYTES)));
    }
    bytes.push(ends.server.pull(() => 512 + random.size(PULL_BYTES)));
    for (const piece of bytes) ends.client.mux.receive(piece);
    for (const [stream, pieces] of sent) {
      const { pieces: got } = ends.client.opened.find((other) =>
        other.stream.slot === stream.slot
      )!;
      assertEquals(concat(got), concat(pieces), `seed ${seed}`);
    }
  }
});

Deno.test("Outbox fills a room to the last few bytes as long as there is something", () => {
  const end = server();
  const [a, b] = openStreams(end, 2);
  a!.send(new Uint8Array(MIB));
  b!.send(new Uint8Array(MIB));
  for (let roomBytes = 512; roomBytes < PULL_BYTES; roomBytes += 4999) {
    assert(roomBytes - fill(end, roomBytes).length <= 72);
  }
});

Deno.test("A grant that waits to be sent grows instead of being followed by another", () => {
  const limits = { initialWindow: 64 * KIB, maxWindow: 64 * KIB };
  const { server, client } = muxPair({ client: { limits } });
  const { stream } = server.open(TCP_HEAD);
  stream.send(new Uint8Array(64 * KIB));
  client.mux.receive(server.pull());
  const recorder = client.opened[0]!;
  for (let read = 0; read < 64; read++) recorder.consume(KIB);
  assertEquals(client.mux.outbox.waiting, 1);
  server.mux.receive(client.pull());
  assertEquals(stream.queue.window.available, 64 * KIB);
});
