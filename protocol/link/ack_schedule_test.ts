import { assert, assertEquals } from "@std/assert";
import { AckSchedule } from "./ack_schedule.ts";

const KIB = 1024;

Deno.test("AckSchedule acknowledges a little within a second, and with anything that goes before", () => {
  const acks = new AckSchedule(16 * KIB * KIB, 0, 0);
  assertEquals(acks.dueAt, Infinity);
  assert(!acks.hasNews(0));
  acks.onReceived(10, 100);
  acks.onReceived(20, 900);
  assert(acks.hasNews(20));
  assert(!acks.isDue(20, 1099));
  assert(acks.isDue(20, 1100));
  acks.onSent(20, 950);
  assertEquals(acks.dueAt, Infinity);
  assert(!acks.hasNews(20));
});

Deno.test("AckSchedule acknowledges 32 KiB early if the last time was a millisecond ago", () => {
  const acks = new AckSchedule(16 * KIB * KIB, 0, 0);
  acks.onReceived(32 * KIB - 1, 5);
  assert(!acks.isDue(32 * KIB - 1, 5));
  acks.onReceived(32 * KIB, 5);
  assert(acks.isDue(32 * KIB, 5));
});

Deno.test("AckSchedule waits for 128 KiB on a fast line, and for more than that never", () => {
  const acks = new AckSchedule(16 * KIB * KIB, 0, 0);
  acks.onReceived(127 * KIB, 0.5);
  assert(!acks.isDue(127 * KIB, 0.5));
  assertEquals(acks.dueAt, 4, "the early one is sent if nothing more comes");
  acks.onReceived(128 * KIB, 0.5);
  assert(acks.isDue(128 * KIB, 0.5));
});

Deno.test("AckSchedule acknowledges before a peer that keeps little has to stop", () => {
  const acks = new AckSchedule(64 * KIB, 0, 0);
  acks.onReceived(16 * KIB, 0.5);
  assert(acks.isDue(16 * KIB, 0.5));
  assert(!acks.isDue(16 * KIB - 1, 0.5));
});

Deno.test("AckSchedule has nothing to say of what an earlier transport brought", () => {
  const acks = new AckSchedule(16 * KIB * KIB, 500, 0);
  assert(!acks.hasNews(500));
  assert(acks.hasNews(501));
});
