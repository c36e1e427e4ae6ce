import { assert, assertEquals } from "@std/assert";
import { concat } from "@std/bytes/concat";
import { ReceiveQueue } from "../../protocol/session/receive_queue.ts";
import { SeededRandom } from "../support/seeded_random.ts";

const MIB = 1024 * 1024;

Deno.test("ReceiveQueue gives back what came in, in order", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = new SeededRandom(seed);
    const queue = new ReceiveQueue();
    const pushed: Uint8Array[] = [];
    const shifted: Uint8Array[] = [];
    for (let step = 0; step < 400; step++) {
      if (random.chance(0.6)) {
        const piece = random.bytes(1 + random.size(2000));
        pushed.push(piece.slice());
        queue.push(piece);
        // The piece was copied: what becomes of its memory does not matter.
        piece.fill(0);
      } else {
        const chunk = queue.shift();
        if (chunk !== undefined) shifted.push(chunk);
      }
      const waiting = concat(pushed).length - concat(shifted).length;
      assertEquals(queue.bytes, waiting, `seed ${seed}`);
    }
    for (let chunk = queue.shift(); chunk !== undefined; chunk = queue.shift()) {
      assert(chunk.length > 0);
      shifted.push(chunk);
    }
    assertEquals(concat(shifted), concat(pushed), `seed ${seed}`);
    assertEquals([queue.bytes, queue.shift()], [0, undefined]);
  }
});

Deno.test("ReceiveQueue puts single bytes together, so that they cost about a byte each", () => {
  const queue = new ReceiveQueue();
  const one = new Uint8Array(1);
  for (let at = 0; at < MIB; at++) queue.push(one);
  let memory = 0;
  let chunks = 0;
  for (let chunk = queue.shift(); chunk !== undefined; chunk = queue.shift()) {
    memory += chunk.buffer.byteLength;
    chunks++;
  }
  assert(memory <= 1.01 * MIB && chunks <= 513, `${memory} bytes in ${chunks} chunks`);
});

Deno.test("ReceiveQueue that is never empty keeps nothing of what was read", async () => {
  const queue = new ReceiveQueue();
  const collected: number[] = [];
  const registry = new FinalizationRegistry((bytes: number) => void collected.push(bytes));
  const piece = new Uint8Array(64 * 1024);
  for (let ahead = 0; ahead < 4; ahead++) queue.push(piece);
  for (let at = 0; at < 4096; at++) {
    queue.push(piece);
    const chunk = queue.shift()!;
    registry.register(chunk.buffer, chunk.length);
  }
  assertEquals(queue.bytes, 4 * piece.length);
  // Memory is taken until the collector has run: 256 MiB passed through the queue.
  for (let round = 0; round < 200 && collected.length < 4000; round++) {
    new Uint8Array(8 * MIB).fill(round);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assert(collected.length >= 3000, `${collected.length} of 4096 chunks were given back`);
  assertEquals(queue.bytes, 4 * piece.length);
});
