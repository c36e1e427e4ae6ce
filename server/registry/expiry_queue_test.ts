import { assertEquals } from "@std/assert";
import { TestClock } from "../../tests/support/lease_fixture.ts";
import { ExpiryQueue } from "./expiry_queue.ts";

Deno.test("ExpiryQueue calls back for each item when its time is over, with one timer", () => {
  const clock = new TestClock();
  const expired: string[] = [];
  using queue = new ExpiryQueue<string>(clock, 100, (item) => expired.push(item));
  assertEquals(queue.add("a"), 100);
  clock.advance(40);
  queue.add("b");
  queue.add("c");
  assertEquals(clock.pending, 1);
  queue.delete("b");
  clock.advance(59);
  assertEquals(expired, []);
  clock.advance(1);
  assertEquals(expired, ["a"]);
  clock.advance(40);
  assertEquals(expired, ["a", "c"]);
  assertEquals(clock.pending, 0);
});

Deno.test("ExpiryQueue.add() starts the time of an item anew", () => {
  const clock = new TestClock();
  const expired: string[] = [];
  using queue = new ExpiryQueue<string>(clock, 100, (item) => expired.push(item));
  queue.add("a");
  clock.advance(90);
  queue.add("a");
  clock.advance(90);
  assertEquals(expired, []);
  clock.advance(10);
  assertEquals(expired, ["a"]);
});

Deno.test("ExpiryQueue stays silent once it is disposed", () => {
  const clock = new TestClock();
  const expired: string[] = [];
  const queue = new ExpiryQueue<string>(clock, 100, (item) => expired.push(item));
  queue.add("a");
  queue[Symbol.dispose]();
  queue.add("b");
  clock.advance(1000);
  assertEquals([expired, clock.pending], [[], 0]);
});
