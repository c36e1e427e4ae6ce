import { assertEquals } from "@std/assert";
import { SimulatedClock } from "../../tests/support/simulated_clock.ts";
import { TokenBucket } from "./token_bucket.ts";

/** How many of `attempts` are taken now. */
function taken(bucket: TokenBucket, attempts: number): number {
  let count = 0;
  for (let i = 0; i < attempts; i++) count += Number(bucket.take() === 0);
  return count;
}

Deno.test("TokenBucket gives a second's worth at once, and then its rate, exactly", async () => {
  const clock = new SimulatedClock();
  const bucket = new TokenBucket(clock, 10);
  assertEquals(taken(bucket, 100), 10);
  let count = 0;
  for (let i = 0; i < 600; i++) {
    await clock.advance(100);
    count += taken(bucket, 3);
  }
  assertEquals(count, 600);
});

Deno.test("TokenBucket.take() says when there will be a token, and then there is one", async () => {
  const clock = new SimulatedClock();
  const bucket = new TokenBucket(clock, 3);
  taken(bucket, 3);
  const waitMs = bucket.take();
  assertEquals(waitMs, 334);
  await clock.advance(waitMs - 1);
  assertEquals(bucket.take(), 1);
  await clock.advance(1);
  assertEquals(bucket.take(), 0);
});

Deno.test("TokenBucket with less than one a second has one at least", async () => {
  const clock = new SimulatedClock();
  const bucket = new TokenBucket(clock, 0.1);
  assertEquals([bucket.take(), bucket.take()], [0, 10_000]);
  await clock.advance(10_000);
  assertEquals(bucket.take(), 0);
});

Deno.test("TokenBucket.setRate() takes nothing away but what the new one cannot hold", () => {
  const bucket = new TokenBucket(new SimulatedClock(), 10);
  bucket.setRate(100);
  assertEquals(taken(bucket, 200), 10);
  const other = new TokenBucket(new SimulatedClock(), 10);
  other.setRate(2);
  assertEquals(taken(other, 200), 2);
});
