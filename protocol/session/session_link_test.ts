import { assert, assertEquals, assertRejects } from "@std/assert";
import { checkContent, contentAt } from "../../tests/resume/content.ts";
import { endOf, Lab, TappedTransport } from "../../tests/resume/lab.ts";
import { recordsOf } from "../../tests/resume/link_ends.ts";
import { CLOSE_CODES } from "../errors.ts";
import { BlockPool, SMALL_BLOCK_BYTES } from "../link/block_pool.ts";
import { encodeRecord, RecordType } from "../link/record.ts";
import { memoryPair } from "../transport/memory.ts";
import { ClientSession } from "./client.ts";
import type { TunnelStream } from "./stream.ts";

async function drain(stream: TunnelStream): Promise<number> {
  let at = 0;
  for (let piece = await stream.read(); piece !== null; piece = await stream.read()) {
    checkContent(at, piece);
    at += piece.length;
  }
  return at;
}

Deno.test("A peer that falls silent is asked after ten seconds and paused after fifteen", async () => {
  const lab = new Lab();
  const session = await lab.start();
  await lab.settle();
  const from = lab.clock.now();
  session.pair.freeze();
  const written = () => [session.pair.written("aToB"), session.pair.written("bToA")] as const;
  const [client, server] = written();
  await lab.clock.advance(9999);
  assertEquals(written(), [client, server]);
  await lab.clock.advance(1);
  assertEquals(written(), [client + 12, server]);
  // The server lets the client ask first, and asks itself a little later.
  await lab.clock.advance(1249);
  assertEquals(written(), [client + 12, server]);
  await lab.clock.advance(1);
  assertEquals(written(), [client + 12, server + 12]);
  await lab.clock.advance(3749);
  assertEquals([session.client.session.state, session.server.state], ["connected", "connected"]);
  await lab.clock.advance(1);
  assertEquals(lab.clock.now() - from, 15_000);
  assertEquals([session.client.session.state, session.server.state], ["paused", "paused"]);
  assertEquals([session.clientEvents, session.serverEvents], [["paused"], ["paused"]]);
  await lab.clock.advance(60_000);
  assertEquals(await endOf(lab, session.client.session), "link_lost");
  assertEquals(await endOf(lab, session.server), "link_lost");
  await lab.end(session.client);
});

Deno.test("A network that comes back within fifteen seconds was never away", async () => {
  const lab = new Lab();
  const session = await lab.start();
  session.pair.freeze();
  await lab.clock.advance(14_900);
  session.pair.thaw();
  await lab.clock.advance(60_000);
  await lab.checkAlive(session);
  assertEquals([session.clientEvents, session.serverEvents], [[], []]);
  await lab.end(session.client);
});

Deno.test("An idle session lives for an hour on one timer an end, a few pings and no memory", async () => {
  const lab = new Lab();
  const session = await lab.start();
  await lab.checkAlive(session);
  await lab.clock.advance(5000);
  const before = session.pair.written("aToB") + session.pair.written("bToA");
  for (let minute = 0; minute < 60; minute++) {
    await lab.clock.advance(60_000);
    assert(lab.clock.pendingTimers <= 2, `${lab.clock.pendingTimers} timers`);
    assertEquals([lab.serverPool.lent, lab.clientPool.lent], [0, 0]);
  }
  const bytes = session.pair.written("aToB") + session.pair.written("bToA") - before;
  assert(bytes <= 2 * 360 * 24, `${bytes} bytes in an hour`);
  assertEquals(session.server.stats.resumes, 0);
  await lab.end(session.client);
});

Deno.test("A peer that floods with PINGs is told that it was excess, and is gone", async () => {
  const lab = new Lab();
  const session = await lab.start();
  const ping = encodeRecord(RecordType.ping, new Uint8Array(8));
  await session.pair.a.write(new Uint8Array(Array.from({ length: 65 }, () => [...ping]).flat()));
  assertEquals(await endOf(lab, session.server), "excess");
  assertEquals(await endOf(lab, session.client.session), "excess");
  assertEquals(session.client.session.end?.origin, "remote");
  await lab.end(session.client);
});

Deno.test("A violation is answered by a CLOSE with its code, before the transport goes", async () => {
  const lab = new Lab();
  const session = await lab.start();
  await session.pair.a.write(encodeRecord(RecordType.ack, new Uint8Array(8).fill(1)));
  assertEquals(await endOf(lab, session.server), "bad_ack");
  assertEquals(await endOf(lab, session.client.session), "bad_ack");
  await lab.end(session.client);
});

Deno.test("A peer that does not take its CLOSE, nor hangs up, is hung up on after a second", async () => {
  const lab = new Lab();
  const pair = memoryPair({ clock: lab.clock });
  const tapped = new TappedTransport(pair.b);
  let closedAt: number | undefined;
  tapped.close = () => {
    closedAt ??= lab.clock.now();
    pair.b.close();
  };
  const accepted = lab.host.accept(tapped);
  const client = await lab.run(ClientSession.start(pair.a, lab.clientOptions()));
  const result = await lab.run(accepted);
  assert(result.kind === "started");
  pair.freeze();
  const from = lab.clock.now();
  result.session.close("going_away");
  await lab.clock.advance(2000);
  assertEquals(closedAt, from + 1000);
  await lab.end(client);
});

Deno.test("A close in the middle of a busy session reaches the peer behind whole records", async () => {
  const lab = new Lab();
  const { pair, accepted } = lab.dial({ bytesPerSecond: 10_000_000, latencyMs: 10 });
  const tapped = new TappedTransport(pair.a);
  const streams: TunnelStream[] = [];
  const client = await lab.run(ClientSession.start(tapped, lab.clientOptions([], streams)));
  const result = await lab.run(accepted);
  assert(result.kind === "started");
  result.session.open({ kind: "tcp", tunnel: 0, visitor: "" });
  await lab.clock.advance(100);
  void streams[0]!.write(contentAt(0, 60_000)).catch(() => {});
  await lab.clock.advance(3);
  client.session.close("normal", "done");
  assertEquals(await endOf(lab, result.session), "normal");
  const records = tapped.written.slice(1).flatMap((bytes) => recordsOf(bytes));
  assertEquals(records.at(-1)!.type, RecordType.close);
  assertEquals(records.at(-1)!.payload[1], CLOSE_CODES.normal);
  await lab.end(client);
});

Deno.test("A fault of our own ends the session as internal, and gives its memory back", async () => {
  const lab = new Lab();
  const { pair, accepted } = lab.dial();
  const tapped = new TappedTransport(pair.a);
  const streams: TunnelStream[] = [];
  const client = await lab.run(ClientSession.start(tapped, lab.clientOptions([], streams)));
  const result = await lab.run(accepted);
  assert(result.kind === "started");
  result.session.open({ kind: "tcp", tunnel: 0, visitor: "" });
  await lab.settle();
  tapped.write = () => Promise.reject(new TypeError("a bug"));
  await assertRejects(() => lab.run(streams[0]!.write(contentAt(0, 200_000))));
  assertEquals(await endOf(lab, client.session), "internal");
  assertEquals(lab.clientPool.lent, 0);
  await assertRejects(() => pair.a.read());
  await lab.end(client);
});

Deno.test("Forty links share a budget for four, and every one of them gets done", async () => {
  const pool = new BlockPool({ budget: 4 * SMALL_BLOCK_BYTES, spare: 0 });
  const lab = new Lab({}, {}, { pool });
  const links = 40;
  const bytes = 300_000;
  const sessions = [];
  for (let i = 0; i < links; i++) sessions.push(await lab.start());
  const reads: Promise<number>[] = [];
  for (const { server, streams } of sessions) {
    const stream = server.open({ kind: "tcp", tunnel: 0, visitor: "" });
    await lab.settle();
    reads.push(drain(streams[0]!));
    void (async () => {
      for (let at = 0; at < bytes; at += 30_000) await stream.write(contentAt(at, 30_000));
      await stream.end();
    })();
  }
  let mostLent = 0;
  const done = Promise.all(reads);
  const watch = () => {
    mostLent = Math.max(mostLent, pool.lent);
    timer = lab.clock.schedule(100, watch);
  };
  let timer = lab.clock.schedule(0, watch);
  assertEquals(await lab.run(done), new Array(links).fill(bytes));
  timer.cancel();
  assert(mostLent <= (links + 4) * SMALL_BLOCK_BYTES, `${mostLent} bytes lent`);
  await lab.clock.advance(2000);
  assertEquals(pool.lent, 0);
  for (const { client } of sessions) client.session.close();
  await lab.end();
});
