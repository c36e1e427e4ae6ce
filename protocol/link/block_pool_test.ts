import { assert, assertEquals } from "@std/assert";
import { SeededRandom } from "../../tests/support/seeded_random.ts";
import { BlockPool, LARGE_BLOCK_BYTES, SMALL_BLOCK_BYTES } from "./block_pool.ts";
import { HEADROOM_BYTES } from "./record.ts";

const PLENTY = 16 * 1024 * 1024;

Deno.test("BlockPool lends a large block only for what does not fit into a small one", () => {
  const pool = new BlockPool();
  const fitting = SMALL_BLOCK_BYTES - HEADROOM_BYTES;
  assertEquals(pool.take(fitting, 0, PLENTY)?.length, SMALL_BLOCK_BYTES);
  assertEquals(pool.take(fitting + 1, 0, PLENTY)?.length, LARGE_BLOCK_BYTES);
  assertEquals(pool.lent, SMALL_BLOCK_BYTES + LARGE_BLOCK_BYTES);
});

Deno.test("BlockPool lends within a link's limit", () => {
  const pool = new BlockPool();
  const limit = 64 * 1024;
  let held = 0;
  for (let i = 0; i < 4; i++) held += pool.take(100_000, held, limit)!.length;
  assertEquals(held, limit);
  assertEquals(pool.take(1, held, limit), undefined);
  assertEquals(pool.lent, limit);
});

Deno.test("BlockPool beyond its budget lends every link one small block, and no more", () => {
  const pool = new BlockPool({ budget: 4 * SMALL_BLOCK_BYTES });
  for (let link = 0; link < 100; link++) {
    const block = pool.take(100_000, 0, PLENTY);
    assertEquals(block?.length, SMALL_BLOCK_BYTES);
    if (link >= 3) assertEquals(pool.take(100_000, SMALL_BLOCK_BYTES, PLENTY), undefined);
  }
  assertEquals(pool.lent, 100 * SMALL_BLOCK_BYTES);
});

Deno.test("BlockPool lends again what it was given, and keeps no more than it may", () => {
  const pool = new BlockPool({ spare: LARGE_BLOCK_BYTES });
  const first = pool.take(100_000, 0, PLENTY)!;
  const second = pool.take(100_000, 0, PLENTY)!;
  pool.give(first);
  pool.give(second);
  assertEquals(pool.lent, 0);
  assert(pool.take(100_000, 0, PLENTY) === first);
  assert(pool.take(100_000, 0, PLENTY) !== second, "kept beyond its spare memory");
});

Deno.test("BlockPool never lends an abandoned block again", () => {
  const pool = new BlockPool();
  const block = pool.take(1, 0, PLENTY)!;
  pool.abandon(block);
  assertEquals(pool.lent, 0);
  for (let i = 0; i < 10; i++) assert(pool.take(1, 0, PLENTY) !== block);
});

Deno.test("BlockPool never lends one block twice, and its sum is right", () => {
  const random = new SeededRandom(5);
  const pool = new BlockPool({ budget: 2 * 1024 * 1024, spare: 256 * 1024 });
  const lent: Uint8Array[] = [];
  for (let step = 0; step < 20_000; step++) {
    if (random.chance(0.5)) {
      const block = pool.take(random.sizeFrom(1, 200_000), random.below(2), PLENTY);
      if (block !== undefined) {
        assert(!lent.includes(block));
        lent.push(block);
      }
    } else if (lent.length > 0) {
      const [block] = lent.splice(random.below(lent.length), 1);
      if (random.chance(0.1)) pool.abandon(block!);
      else pool.give(block!);
    }
    assertEquals(pool.lent, lent.reduce((sum, block) => sum + block.length, 0));
  }
});
