import { assertEquals } from "@std/assert";
import { SimulatedClock } from "../../tests/support/simulated_clock.ts";
import { LineWriter } from "./line_writer.ts";

/** A reader that takes what it is given, or is stuck until it is let go. */
class Reader {
  readonly writes: string[] = [];
  failure: Error | undefined;
  #stuck: PromiseWithResolvers<void> | undefined;

  stick(): void {
    this.#stuck = Promise.withResolvers();
  }

  letGo(): void {
    this.#stuck?.resolve();
    this.#stuck = undefined;
  }

  async write(bytes: Uint8Array): Promise<number> {
    await this.#stuck?.promise;
    return this.writeSync(bytes);
  }

  writeSync(bytes: Uint8Array): number {
    if (this.failure !== undefined) throw this.failure;
    this.writes.push(new TextDecoder().decode(bytes));
    return bytes.length;
  }
}

function write(writer: LineWriter, line: string): void {
  writer.line.append(line);
  writer.end();
}

function writerTo(reader: Reader) {
  const clock = new SimulatedClock();
  const dropped: number[] = [];
  const writer = new LineWriter({
    sink: reader,
    clock,
    onDropped: (lines) => void dropped.push(lines),
  });
  return { writer, clock, dropped };
}

Deno.test("LineWriter puts the lines of a moment into one write", async () => {
  const reader = new Reader();
  const { writer, clock } = writerTo(reader);
  write(writer, "a\n");
  await clock.advance(5);
  write(writer, "b\n");
  assertEquals(reader.writes, []);
  await clock.advance(5);
  assertEquals(reader.writes, ["a\nb\n"]);
  write(writer, "c\n");
  await clock.advance(10);
  assertEquals(reader.writes, ["a\nb\n", "c\n"]);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("LineWriter takes a sink that takes little at a time", async () => {
  const reader = new Reader();
  const slow = {
    write: (bytes: Uint8Array) => reader.write(bytes.subarray(0, 3)),
    writeSync: (bytes: Uint8Array) => reader.writeSync(bytes.subarray(0, 3)),
  };
  const writer = new LineWriter({ sink: slow, clock: new SimulatedClock(), onDropped: () => {} });
  write(writer, "abcdefgh\n");
  await writer.flush();
  write(writer, "ijkl\n");
  writer.flushNow();
  assertEquals(reader.writes, ["abc", "def", "gh\n", "ijk", "l\n"]);
});

Deno.test("LineWriter keeps a bounded number of lines for a stuck reader, and counts the rest", async () => {
  const reader = new Reader();
  const { writer, clock, dropped } = writerTo(reader);
  const line = "x".repeat(1024 * 1024 - 1) + "\n";
  reader.stick();
  write(writer, "first\n");
  await clock.advance(10);
  for (let i = 0; i < 7; i++) write(writer, line);
  reader.letGo();
  await clock.advance(20);
  assertEquals(reader.writes.map(({ length }) => length), [6, 4 * 1024 * 1024]);
  assertEquals(dropped, [3]);
});

Deno.test("LineWriter.flush() writes everything, also what comes meanwhile", async () => {
  const reader = new Reader();
  const { writer, clock } = writerTo(reader);
  write(writer, "a\n");
  const flushed = writer.flush();
  write(writer, "b\n");
  await flushed;
  assertEquals(reader.writes.join(""), "a\nb\n");
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("LineWriter.flush() gives up on a reader that is stuck", async () => {
  const reader = new Reader();
  const { writer, clock } = writerTo(reader);
  reader.stick();
  write(writer, "a\n");
  await clock.runUntil(writer.flush());
  assertEquals(clock.now(), 1000);
  writer.flushNow();
  assertEquals(reader.writes, []);
  reader.letGo();
});

Deno.test("LineWriter goes on when a write fails, and says what is missing", async () => {
  const reader = new Reader();
  const { writer, clock, dropped } = writerTo(reader);
  reader.failure = new Error("No space left on device");
  write(writer, "a\n");
  write(writer, "b\n");
  await clock.advance(10);
  reader.failure = undefined;
  write(writer, "c\n");
  await clock.advance(10);
  assertEquals(reader.writes, ["c\n"]);
  assertEquals(dropped, [2]);
});

Deno.test("LineWriter falls silent when its reader is gone", async () => {
  const reader = new Reader();
  const { writer, clock } = writerTo(reader);
  reader.failure = new Deno.errors.BrokenPipe("gone");
  write(writer, "a\n");
  await clock.advance(10);
  reader.failure = undefined;
  write(writer, "b\n");
  await clock.advance(10);
  writer.flushNow();
  assertEquals(reader.writes, []);
  assertEquals(clock.pendingTimers, 0);
});
