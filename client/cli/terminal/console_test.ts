import { assert, assertEquals } from "@std/assert";
import { SimulatedClock } from "../../../tests/support/simulated_clock.ts";
import { ConsoleSink, consoleSize, onConsoleResize } from "./console.ts";

Deno.test("ConsoleSink writes everything in order, however little is taken at once", async () => {
  let text = "";
  const sink = new ConsoleSink({
    write: (bytes) => {
      text += new TextDecoder().decode(bytes.subarray(0, 1));
      return Promise.resolve(1);
    },
  });
  sink.write("hello ");
  sink.write("");
  sink.write("world");
  assertEquals(sink.backlog, 11);
  await sink.flush();
  assertEquals([text, sink.backlog], ["hello world", 0]);
  sink.write("!");
  await sink.flush();
  assertEquals(text, "hello world!");
});

Deno.test("ConsoleSink writes the first line at once, and what follows it together", async () => {
  const clock = new SimulatedClock();
  const texts: string[] = [];
  const sink = new ConsoleSink({
    write: (bytes) => {
      texts.push(new TextDecoder().decode(bytes));
      return Promise.resolve(bytes.length);
    },
  }, clock);
  sink.write("a");
  await clock.advance(0);
  assertEquals(texts, ["a"]);
  sink.write("b");
  await clock.advance(19);
  sink.write("c");
  assertEquals(texts, ["a"]);
  await clock.advance(1);
  assertEquals(texts, ["a", "bc"]);
  await clock.advance(20);
  sink.write("d");
  await clock.advance(0);
  assertEquals(texts, ["a", "bc", "d"]);
});

Deno.test("ConsoleSink does not wait for a writer that is stuck", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const sink = new ConsoleSink({ write: () => promise });
  sink.write("ab");
  assertEquals(sink.backlog, 2);
  resolve(2);
  await sink.flush();
  assertEquals(sink.backlog, 0);
});

Deno.test("ConsoleSink falls silent when its reader has left", async () => {
  for (
    const fail of [() => Promise.reject(new Deno.errors.BrokenPipe()), () => {
      throw new Deno.errors.BadResource();
    }]
  ) {
    let writes = 0;
    const sink = new ConsoleSink({
      write: () => {
        writes++;
        return fail();
      },
    });
    sink.write("a");
    sink.write("b");
    await sink.flush();
    sink.write("c");
    await sink.flush();
    assertEquals([writes, sink.backlog], [1, 0]);
  }
});

Deno.test("consoleSize and onConsoleResize work without a terminal", () => {
  const { columns, rows } = consoleSize();
  assert(columns > 0 && rows > 0);
  onConsoleResize(() => {})[Symbol.dispose]();
});
