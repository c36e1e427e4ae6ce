import { assertEquals } from "@std/assert";
import { SessionPair } from "../../tests/support/session_pair.ts";
import { SimulatedClock } from "../../tests/support/simulated_clock.ts";
import { RECORD_HEADER_BYTES } from "../link/record.ts";
import { memoryPair } from "../transport/memory.ts";

/** What {@linkcode open} makes for each stream. */
const OPEN_BYTES = 32;

/** A session whose server's writes are noted. */
async function connect() {
  const clock = new SimulatedClock();
  const { a: client, b: server } = memoryPair({ clock });
  const pair = await SessionPair.connect({
    clock,
    transports: { client, server },
    onStream: () => {},
  });
  await clock.advance(0);
  const writes: number[] = [];
  const write = server.write.bind(server);
  server.write = (bytes) => {
    writes.push(bytes.length);
    return write(bytes);
  };
  return { clock, pair, writes };
}

/** Opens streams in one turn. */
function open(pair: SessionPair, count: number): void {
  for (let i = 0; i < count; i++) {
    pair.server.open({ kind: "tcp", tunnel: 0, visitor: "192.0.2.7:51234" });
  }
}

Deno.test("What a short turn makes leaves in one write", async () => {
  const { clock, pair, writes } = await connect();
  await using _pair = pair;
  open(pair, 15);
  assertEquals(writes, []);
  await clock.advance(0);
  assertEquals(writes.length, 1);
});

Deno.test("A long turn is not over when the first of what it makes leaves", async () => {
  const { clock, pair, writes } = await connect();
  await using _pair = pair;
  open(pair, 40);
  assertEquals(writes.length, 1);
  await clock.advance(0);
  const streams = writes.map((length) => (length - RECORD_HEADER_BYTES) / OPEN_BYTES);
  assertEquals(streams, [16, 24]);
});
