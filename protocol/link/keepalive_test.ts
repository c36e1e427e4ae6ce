import { assertEquals } from "@std/assert";
import { Keepalive } from "./keepalive.ts";

Deno.test("Keepalive waits for ten seconds, asks once, and gives up at fifteen", () => {
  const keepalive = new Keepalive(10_000, 15_000, 100);
  assertEquals(keepalive.decide(100), { kind: "wait", ms: 10_000 });
  assertEquals(keepalive.decide(10_099), { kind: "wait", ms: 1 });
  assertEquals(keepalive.decide(10_100), { kind: "ping", ms: 5000 });
  assertEquals(keepalive.decide(10_100), { kind: "wait", ms: 5000 });
  assertEquals(keepalive.decide(15_099), { kind: "wait", ms: 1 });
  assertEquals(keepalive.decide(15_100), { kind: "dead" });
});

Deno.test("Keepalive takes every byte for life, and asks again in the next silence", () => {
  const keepalive = new Keepalive(10_000, 15_000, 0);
  assertEquals(keepalive.decide(14_999).kind, "ping");
  keepalive.onHeard(14_999);
  assertEquals(keepalive.decide(15_000), { kind: "wait", ms: 9999 });
  assertEquals(keepalive.decide(24_999), { kind: "ping", ms: 5000 });
  assertEquals(keepalive.decide(29_999), { kind: "dead" });
});

Deno.test("Keepalive that was not asked for an age says dead and nothing else", () => {
  assertEquals(new Keepalive(10_000, 15_000, 0).decide(3_600_000), { kind: "dead" });
});
