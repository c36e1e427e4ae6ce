import { assert, assertEquals } from "@std/assert";
import { SeededRandom } from "../../tests/support/seeded_random.ts";
import { BlockPool, SMALL_BLOCK_BYTES } from "./block_pool.ts";
import { HEADROOM_BYTES } from "./record.ts";
import { ResendBuffer } from "./resend_buffer.ts";

/** The byte that the stream has at `offset`. */
function byteAt(offset: number): number {
  return (offset * 167 + (offset >>> 8) * 13) & 0xff;
}

function produce(buffer: ResendBuffer, wanted: number, used = wanted): boolean {
  const room = buffer.reserve(wanted);
  if (room === undefined) return false;
  const length = Math.min(room.length, used);
  for (let i = 0; i < length; i++) room[i] = byteAt(buffer.end + i);
  // What is reserved and not used may be scribbled over.
  room.fill(0xee, length);
  buffer.commit(length);
  return true;
}

function takeAndCheck(buffer: ResendBuffer, most: number): number {
  const from = buffer.next;
  const outgoing = buffer.take(most);
  if (outgoing === undefined) return 0;
  const { block, at, length } = outgoing;
  assert(length > 0 && length <= most);
  assert(at >= HEADROOM_BYTES);
  assertEquals(buffer.next, from + length);
  for (let i = 0; i < length; i++) {
    if (block[at + i] !== byteAt(from + i)) throw new Error(`Wrong byte at ${from + i}`);
  }
  return length;
}

for (const limit of [64 * 1024, 300 * 1024, 16 * 1024 * 1024]) {
  Deno.test(`ResendBuffer of ${limit} bytes does what a plain array would`, () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = new SeededRandom(seed);
      const pool = new BlockPool();
      const buffer = new ResendBuffer(pool, limit);
      let [start, next, end, handedOut] = [0, 0, 0, 0];
      for (let step = 0; step < 1500; step++) {
        const dice = random.fraction();
        if (dice < 0.4) {
          const wanted = random.sizeFrom(1, 131_072);
          const used = random.chance(0.2) ? random.below(wanted) : wanted;
          const before = buffer.end;
          if (!produce(buffer, wanted, used)) assert(buffer.held > 0, "no memory while empty");
          assert(buffer.end - before <= used);
          end = buffer.end;
        } else if (dice < 0.75) {
          const most = random.sizeFrom(1, 200_000);
          const taken = takeAndCheck(buffer, most);
          assert(taken > 0 || next === end);
          next += taken;
          handedOut = Math.max(handedOut, next);
        } else if (dice < 0.95) {
          start += random.below(next - start + 1);
          buffer.acknowledge(start);
        } else {
          // A resume: the peer may stand anywhere up to what was ever handed out.
          start += random.below(handedOut - start + 1);
          buffer.acknowledge(start);
          buffer.rewind();
          next = start;
        }
        assertEquals([buffer.start, buffer.next, buffer.end], [start, next, end]);
        assert(buffer.held <= limit, `holds ${buffer.held}`);
        assertEquals(buffer.held, pool.lent);
        assert(buffer.held >= end - start);
      }
      while (takeAndCheck(buffer, 100_000) > 0);
      assertEquals(buffer.next, end);
      buffer.acknowledge(end);
      assertEquals([buffer.held, pool.lent], [0, 0]);
    }
  });
}

Deno.test("ResendBuffer goes on behind an acknowledgement of more than it has sent again", () => {
  const buffer = new ResendBuffer(new BlockPool(), 1024 * 1024);
  produce(buffer, 50_000);
  takeAndCheck(buffer, 50_000);
  buffer.rewind();
  takeAndCheck(buffer, 10);
  // The peer had more than we knew when we went back.
  buffer.acknowledge(30_000);
  assertEquals([buffer.start, buffer.next], [30_000, 30_000]);
  while (takeAndCheck(buffer, 777) > 0);
  assertEquals(buffer.next, 50_000);
});

Deno.test("ResendBuffer gives back the last block as soon as all of it is acknowledged", () => {
  const pool = new BlockPool();
  const buffer = new ResendBuffer(pool, 1024 * 1024);
  for (let i = 0; i < 200; i++) {
    produce(buffer, 100);
    takeAndCheck(buffer, 100);
    buffer.acknowledge(buffer.end);
    assertEquals(pool.lent, 0);
  }
});

Deno.test("ResendBuffer packs tiny writes into one block", () => {
  const pool = new BlockPool();
  const buffer = new ResendBuffer(pool, 64 * 1024);
  for (let i = 0; i < 1000; i++) {
    assert(produce(buffer, 16));
    takeAndCheck(buffer, 16);
  }
  assertEquals(pool.lent, SMALL_BLOCK_BYTES);
});

Deno.test("ResendBuffer keeps nothing when nothing was produced after all", () => {
  const pool = new BlockPool();
  const buffer = new ResendBuffer(pool, 1024 * 1024);
  produce(buffer, 1000, 0);
  assertEquals([buffer.end, pool.lent], [0, 0]);
  assertEquals(buffer.take(100), undefined);
});

Deno.test("ResendBuffer gives a disowned block to nobody, and others as ever", () => {
  const pool = new BlockPool();
  const buffer = new ResendBuffer(pool, 1024 * 1024);
  produce(buffer, 100);
  const { block } = buffer.take(100)!;
  buffer.disown(block);
  // It goes on serving the link that it belongs to.
  buffer.rewind();
  assertEquals(takeAndCheck(buffer, 100), 100);
  assertEquals(pool.lent, SMALL_BLOCK_BYTES);
  buffer.acknowledge(100);
  assertEquals(pool.lent, 0);
  assert(pool.take(100, 0, 65_536) !== block);
});

Deno.test("ResendBuffer that is cleared gives everything back, the disowned apart", () => {
  const pool = new BlockPool({ spare: 64 * 1024 * 1024 });
  const buffer = new ResendBuffer(pool, 16 * 1024 * 1024);
  for (let i = 0; i < 20; i++) produce(buffer, 100_000);
  const { block } = buffer.take(100)!;
  buffer.disown(block);
  buffer.clear();
  assertEquals([buffer.held, pool.lent], [0, 0]);
  for (let i = 0; i < 30; i++) assert(pool.take(100_000, 0, 16_777_216) !== block);
});
