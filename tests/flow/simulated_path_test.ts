/**
 * What flow control and scheduling promise, in simulated time: the figures are
 * exact and the same on every machine.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { TunnelStream } from "../../protocol/session/stream.ts";
import type { Transport } from "../../protocol/transport/transport.ts";
import {
  answerAsAsked,
  connectOver,
  GIGABIT,
  OK,
  readAll,
  request,
  sendZeros,
} from "../support/mux_flows.ts";

const MIB = 1024 * 1024;

/** Milliseconds until a hundred answers are there, next to `stalled` ones that nobody reads. */
async function timeOfHundred(stalled: number): Promise<number> {
  const path = { latencyMs: 10, bytesPerSecond: GIGABIT };
  await using session = await connectOver(path, { onStream: answerAsAsked });
  const { clock, pair } = session;
  const stuck = Array.from(
    { length: stalled },
    () => pair.server.open(request("/1000000000"), undefined, true),
  );
  await clock.advance(500);
  for (const stream of stuck) assertEquals(stream.buffered, 65536);
  const start = clock.now();
  const answers = Array.from(
    { length: 100 },
    () => readAll(pair.server.open(request("/1000000"), undefined, true)),
  );
  for (const bytes of await clock.runUntil(Promise.all(answers))) assertEquals(bytes, 1_000_000);
  return clock.now() - start;
}

Deno.test("A stream that nobody reads does not slow down a hundred others", async () => {
  const without = await timeOfHundred(0);
  const one = await timeOfHundred(1);
  const fifty = await timeOfHundred(50);
  assert(one <= 1.1 * without && fifty <= 1.1 * without, `${one}, ${fifty} to ${without} ms`);
});

/** Bytes that arrive in each of some spans of 250 ms, through one stream. */
async function growth(direction: "to server" | "to client"): Promise<number[]> {
  const bytes = 300_000_000;
  const spans: number[] = [];
  let before = 0;
  const count = (sum: number) => {
    const span = Math.floor(clock.now() / 250);
    spans[span] = (spans[span] ?? 0) + sum - before;
    before = sum;
  };
  await using session = await connectOver({ latencyMs: 50, bytesPerSecond: GIGABIT }, {
    onStream: (stream) => {
      if (direction === "to server") return answerAsAsked(stream);
      stream.respond(OK);
      readAll(stream, count).then(() => stream.end());
    },
  });
  const { clock, pair } = session;
  const stream = pair.server.open(request(`/${bytes}`));
  const moved = direction === "to server"
    ? readAll(stream, count)
    : sendZeros(stream, bytes).then(() => readAll(stream));
  await clock.runUntil(moved);
  if (direction === "to server") await stream.end();
  assertEquals(before, bytes);
  return Array.from(spans, (span) => span ?? 0);
}

for (const direction of ["to server", "to client"] as const) {
  Deno.test(`One stream ${direction} fills 1 Gbit/s at 100 ms, and does so soon`, async () => {
    const spans = await growth(direction);
    const full = GIGABIT / 4;
    const shares = spans.map((bytes) => Math.round(100 * bytes / full));
    // Two seconds to grow from 64 KiB a round trip to 12.5 MB.
    const tuned = shares.slice(8, -1);
    assert(tuned.length >= 4 && Math.min(...tuned) >= 80, `per cent: ${shares}`);
  });
}

/** Notes when the last bytes were handed to a transport. */
class WatchedTransport implements Transport {
  lastWrite = 0;
  constructor(readonly inner: Transport, readonly now: () => number) {}
  readonly kind = "memory";
  readonly secure = true;
  readonly peer = "watched";
  read(): Promise<Uint8Array | null> {
    return this.inner.read();
  }
  write(bytes: Uint8Array): Promise<void> {
    this.lastWrite = this.now();
    return this.inner.write(bytes);
  }
  closeWrite(): Promise<void> {
    return this.inner.closeWrite();
  }
  close(): void {
    this.inner.close();
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

/** Milliseconds from `write()` of a 64 KiB reply until its last byte is with the transport. */
async function replyDelays(latencyMs: number, bulk: number): Promise<number[]> {
  const delays: number[] = [];
  const wrapped: WatchedTransport[] = [];
  const reply = async (stream: TunnelStream) => {
    stream.respond(OK);
    const start = clock.now();
    await stream.write(new Uint8Array(65536));
    assertEquals(wrapped[0]!.lastWrite, clock.now());
    delays.push(clock.now() - start);
    await stream.end();
  };
  await using session = await connectOver(
    { latencyMs, bytesPerSecond: GIGABIT },
    {
      onStream: (stream) => {
        const isReply = stream.head.kind === "http" && stream.head.target === "/reply";
        if (isReply) reply(stream);
        else answerAsAsked(stream);
      },
    },
    (transport, clock) => {
      wrapped.push(new WatchedTransport(transport, () => clock.now()));
      return wrapped[0]!;
    },
  );
  const { clock, pair } = session;
  const downloads = Array.from(
    { length: bulk },
    () => pair.server.open(request("/100000000000"), undefined, true),
  );
  for (const stream of downloads) readAll(stream).catch(() => {});
  await clock.advance(1500);
  for (let round = 0; round < 30; round++) {
    await clock.runUntil(readAll(pair.server.open(request("/reply"), undefined, true)));
    await clock.advance(7.13);
  }
  assert(pair.client.session.stats.bytesPerSecond > 0.8 * GIGABIT);
  for (const stream of downloads) stream.reset("cancelled");
  return delays;
}

for (const [roundTrip, bulk] of [[0, 1], [20, 1], [20, 8]] as const) {
  const where = `${bulk} downloads at 1 Gbit/s and ${roundTrip} ms`;
  Deno.test(`A reply of 64 KiB leaves within 5 ms behind ${where}`, async () => {
    const delays = await replyDelays(roundTrip / 2, bulk);
    assertEquals(delays.length, 30);
    assert(Math.max(...delays) <= 5, `at most ${Math.max(...delays)} ms`);
  });
}

/** Milliseconds until small answers are there, behind `bulk` downloads on a line of 200 Mbit/s. */
async function smallAnswerTimes(bulk: number): Promise<number[]> {
  const path = { latencyMs: 1, bytesPerSecond: GIGABIT / 5 };
  await using session = await connectOver(path, { onStream: answerAsAsked });
  const { clock, pair } = session;
  const downloads = Array.from(
    { length: bulk },
    () => pair.server.open(request("/100000000000"), undefined, true),
  );
  for (const stream of downloads) readAll(stream).catch(() => {});
  await clock.advance(1500);
  const times: number[] = [];
  for (let round = 0; round < 100; round++) {
    const start = clock.now();
    await clock.runUntil(readAll(pair.server.open(request("/13"), undefined, true)));
    times.push(clock.now() - start);
    await clock.advance(5.13);
  }
  for (const stream of downloads) stream.reset("cancelled");
  return times;
}

Deno.test("Small answers behind 8 downloads at 200 Mbit/s and 2 ms wait 5 ms at most", async () => {
  const alone = Math.max(...await smallAnswerTimes(0));
  const beside = Math.max(...await smallAnswerTimes(8));
  assert(beside <= alone + 5, `${beside} ms, alone ${alone}`);
});

Deno.test("Downloads share the line evenly", async () => {
  await using session = await connectOver({ latencyMs: 10, bytesPerSecond: GIGABIT }, {
    onStream: answerAsAsked,
  });
  const { clock, pair } = session;
  const sums: number[] = [];
  const streams = Array.from({ length: 5 }, (_, at) => {
    const stream = pair.server.open(request("/100000000000"), undefined, true);
    readAll(stream, (sum) => sums[at] = sum).catch(() => {});
    return stream;
  });
  await clock.advance(1000);
  const before = [...sums];
  await clock.advance(1000);
  const moved = sums.map((sum, at) => sum - before[at]!);
  assert(Math.min(...moved) > 0.9 * Math.max(...moved), `${moved.map((sum) => sum / MIB)} MiB`);
  for (const stream of streams) stream.reset("cancelled");
});
