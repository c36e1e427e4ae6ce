import { assert, assertEquals } from "@std/assert";
import { SimulatedClock } from "../../tests/support/simulated_clock.ts";
import { ByteLine } from "./byte_line.ts";

const PIECE = 16 * 1024;

/** Somebody who sends pieces until `untilMs`; gives how many bytes passed. */
async function send(line: ByteLine, clock: SimulatedClock, untilMs: number): Promise<number> {
  let bytes = 0;
  for (;;) {
    await line.pass(PIECE);
    if (clock.now() > untilMs) return bytes;
    bytes += PIECE;
  }
}

Deno.test("ByteLine carries its rate, whatever the number of senders", async () => {
  for (const senders of [1, 3, 50]) {
    const clock = new SimulatedClock();
    const line = new ByteLine(clock, 100_000);
    const all = Promise.all(Array.from({ length: senders }, () => send(line, clock, 60_000)));
    const counts = await clock.runUntil(all, 600_000);
    const total = counts.reduce((sum, count) => sum + count);
    // A second's worth may go at once at the beginning, and a piece is owed at the end.
    assert(Math.abs(total - 61 * 100_000) < 2 * PIECE, `${senders} senders: ${total}`);
    assert(Math.max(...counts) - Math.min(...counts) <= 2 * PIECE, "each gets its share");
    assertEquals(clock.pendingTimers, 0);
  }
});

Deno.test("ByteLine lets bytes pass at once while nothing is owed, without a timer", () => {
  const clock = new SimulatedClock();
  const line = new ByteLine(clock, 1000);
  assertEquals([line.pass(600), line.pass(600)], [undefined, undefined]);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("ByteLine lets a piece that is larger than a second's worth pass, and then rests", async () => {
  const clock = new SimulatedClock();
  const line = new ByteLine(clock, 1000);
  assertEquals(line.pass(10_000), undefined);
  await clock.runUntil(line.pass(1)!);
  assertEquals(clock.now(), 9_001);
});

Deno.test("ByteLine keeps the order of coming", async () => {
  const clock = new SimulatedClock();
  const line = new ByteLine(clock, 1000);
  line.pass(2000);
  const order: number[] = [];
  const turns = [1500, 1, 1].map((bytes, i) => line.pass(bytes)!.then(() => order.push(i)));
  await clock.runUntil(Promise.all(turns));
  assertEquals(order, [0, 1, 2]);
});

Deno.test("ByteLine.setRate() counts for those who wait already", async () => {
  const clock = new SimulatedClock();
  const line = new ByteLine(clock, 1000);
  line.pass(101_000);
  const turn = line.pass(1)!;
  line.setRate(100_000);
  await clock.runUntil(turn);
  assertEquals(clock.now(), 1_001);
});

Deno.test("ByteLine.release() lets everybody go and leaves no timer", async () => {
  const clock = new SimulatedClock();
  const line = new ByteLine(clock, 1);
  line.pass(1_000_000);
  const turns = [line.pass(1), line.pass(1)];
  line.release();
  await Promise.all(turns);
  assertEquals([line.waiting, clock.pendingTimers, clock.now()], [0, 0, 0]);
});
