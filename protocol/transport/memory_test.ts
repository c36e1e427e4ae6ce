import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { SimulatedClock } from "../../tests/support/simulated_clock.ts";
import type { Clock } from "../clock.ts";
import { type InFlight, memoryPair } from "./memory.ts";
import { type Transport, TransportError } from "./transport.ts";

async function rejects(promise: Promise<unknown>, code: string): Promise<void> {
  assertEquals((await assertRejects(() => promise, TransportError)).code, code);
}

/** What can be read until the end or a failure. */
async function readAll(from: Transport): Promise<{ bytes: number[]; end: string | null }> {
  const bytes: number[] = [];
  for (;;) {
    try {
      const piece = await from.read();
      if (piece === null) return { bytes, end: null };
      bytes.push(...piece);
    } catch (error) {
      assert(error instanceof TransportError);
      return { bytes, end: error.code };
    }
  }
}

const noClock: Clock = {
  now: () => {
    throw new Error("No time is needed");
  },
  schedule: () => {
    throw new Error("No timer is needed");
  },
};

Deno.test("MemoryPair without delays moves bytes without the clock", async () => {
  using pair = memoryPair({ clock: noClock });
  const total = 64 * 1024 * 1024;
  const piece = new Uint8Array(100_000);
  let read = 0;
  const reading = (async () => {
    for (let got = await pair.b.read(); got !== null; got = await pair.b.read()) read += got.length;
  })();
  for (let written = 0; written < total; written += piece.length) await pair.a.write(piece);
  await pair.a.closeWrite();
  await reading;
  assertEquals(read, pair.written("aToB"));
});

Deno.test("MemoryPair holds no more than its in-flight bytes", async () => {
  using pair = memoryPair({ clock: noClock, inFlightBytes: 10 });
  let done = false;
  const written = pair.a.write(new Uint8Array(25)).then(() => done = true);
  assertEquals(pair.written("aToB"), 10);
  assertEquals((await pair.b.read())?.length, 10);
  assertEquals(pair.written("aToB"), 10, "what was read last is still the reader's");
  assertEquals((await pair.b.read())?.length, 10);
  assert(!done);
  assertEquals((await pair.b.read())?.length, 5);
  await written;
});

Deno.test("MemoryPair delivers after the latency, in order, also when that falls", async () => {
  const clock = new SimulatedClock();
  using pair = memoryPair({ clock, latencyMs: 100 });
  await pair.a.write(Uint8Array.of(1));
  pair.latencyMs = 10;
  await pair.a.write(Uint8Array.of(2));
  const reading = pair.b.read();
  await clock.advance(99);
  assertEquals(pair.inFlight("aToB"), 2);
  assertEquals(await clock.runUntil(reading), Uint8Array.of(1, 2));
  assertEquals(clock.now(), 100);
});

Deno.test("MemoryPair delivers at the rate of its line, piece by piece", async () => {
  const clock = new SimulatedClock();
  using pair = memoryPair({ clock, latencyMs: 50, bytesPerSecond: 1_000_000 });
  await pair.a.write(new Uint8Array(200_000));
  await pair.a.closeWrite();
  let reads = 0;
  await clock.runUntil((async () => {
    while (await pair.b.read() !== null) reads++;
  })());
  assertEquals(Math.round(clock.now()), 250);
  assert(reads > 10);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("MemoryPair cuts reads by sizes and by a function", async () => {
  using pair = memoryPair({ clock: noClock, chunking: [1, 3] });
  await pair.a.write(new Uint8Array(10));
  const sizes: number[] = [];
  while (sizes.length < 4) sizes.push((await pair.b.read())!.length);
  assertEquals(sizes, [1, 3, 1, 3]);
  pair.chunking = (available) => available - 1;
  assertEquals((await pair.b.read())?.length, 1);
  assertEquals((await pair.b.read())?.length, 1, "at least one byte");
});

Deno.test("MemoryPair cut now delivers or drops what is in flight, both ways", async () => {
  for (const inFlight of ["deliver", "drop"] as InFlight[]) {
    using pair = memoryPair({ clock: noClock });
    await pair.a.write(Uint8Array.of(1, 2));
    await pair.b.write(Uint8Array.of(3));
    pair.cut(inFlight);
    const end = "connection_lost";
    const deliver = inFlight === "deliver";
    assertEquals(await readAll(pair.b), { bytes: deliver ? [1, 2] : [], end });
    assertEquals(await readAll(pair.a), { bytes: deliver ? [3] : [], end });
    await rejects(pair.a.write(Uint8Array.of(1)), end);
    await rejects(pair.b.write(Uint8Array.of(1)), end);
  }
});

Deno.test("MemoryPair cuts at an exact byte, whatever the writes", async () => {
  for (const sizes of [[10], [1, 1, 1, 1, 1, 1], [5, 5], [4, 2], [2, 8]]) {
    for (const inFlight of ["deliver", "drop"] as InFlight[]) {
      using pair = memoryPair({ clock: noClock });
      pair.cutAfter("aToB", 5, inFlight);
      const outcomes: string[] = [];
      let next = 0;
      for (const size of sizes) {
        const bytes = Uint8Array.from({ length: size }, () => next++);
        outcomes.push(await pair.a.write(bytes).then(() => "ok", (error) => error.code));
      }
      let end = 0;
      assertEquals(
        outcomes,
        sizes.map((size) => (end += size) <= 5 ? "ok" : "connection_lost"),
      );
      const bytes = inFlight === "deliver" ? [0, 1, 2, 3, 4] : [];
      assertEquals(await readAll(pair.b), { bytes, end: "connection_lost" });
      assertEquals((await readAll(pair.a)).end, "connection_lost");
    }
  }
});

Deno.test("MemoryPair cut by what a read lets go delivers up to the byte", async () => {
  using pair = memoryPair({ clock: noClock, inFlightBytes: 4 });
  pair.cutAfter("aToB", 10);
  const written = rejects(pair.a.write(new Uint8Array(100)), "connection_lost");
  assertEquals((await readAll(pair.b)).bytes.length, 10);
  await written;
  assertThrows(() => pair.cutAfter("aToB", 9), RangeError);
});

Deno.test("MemoryPair cut with latency drops only what has not been read, or delivers in time", async () => {
  const clock = new SimulatedClock();
  using pair = memoryPair({ clock, latencyMs: 10 });
  await pair.a.write(Uint8Array.of(1));
  assertEquals(await clock.runUntil(pair.b.read()), Uint8Array.of(1));
  await pair.a.write(Uint8Array.of(2));
  pair.cut("deliver");
  assertEquals(await clock.runUntil(readAll(pair.b)), { bytes: [2], end: "connection_lost" });
  assertEquals(clock.now(), 20);
});

Deno.test("MemoryPair frozen delivers nothing, tells nobody, and thaws", async () => {
  const clock = new SimulatedClock();
  using pair = memoryPair({ clock, latencyMs: 10 });
  await pair.a.write(Uint8Array.of(1));
  pair.freeze();
  await pair.a.write(Uint8Array.of(2));
  let read = false;
  const reading = readAll(pair.b);
  reading.then(() => read = true);
  await clock.advance(100_000);
  assert(!read);
  pair.thaw();
  await pair.a.closeWrite();
  assertEquals(await clock.runUntil(reading), { bytes: [1, 2], end: null });
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("MemoryPair leaves no timer behind when it is closed", async () => {
  const clock = new SimulatedClock();
  {
    using pair = memoryPair({ clock, latencyMs: 10, bytesPerSecond: 1 });
    await pair.a.write(new Uint8Array(10));
  }
  assertEquals(clock.pendingTimers, 0);
});
