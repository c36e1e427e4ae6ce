import { assert, assertEquals, assertRejects } from "@std/assert";
import { sleep } from "../../protocol/clock.ts";
import { SimulatedClock } from "./simulated_clock.ts";

Deno.test("SimulatedClock runs timers in order of time, then of making", async () => {
  const clock = new SimulatedClock();
  const ran: string[] = [];
  const at = (ms: number, name: string) =>
    clock.schedule(ms, () => ran.push(`${name} ${clock.now()}`));
  at(20, "c");
  at(10, "a");
  const cancelled = at(10, "x");
  at(10, "b");
  cancelled.cancel();
  cancelled.cancel();
  await clock.advance(19);
  assertEquals(ran, ["a 10", "b 10"]);
  await clock.advance(1);
  assertEquals(ran, ["a 10", "b 10", "c 20"]);
  assertEquals([clock.now(), clock.pendingTimers], [20, 0]);
});

Deno.test("SimulatedClock lets long chains of promises end before time goes on", async () => {
  const clock = new SimulatedClock();
  let done = -1;
  const work = (async () => {
    await sleep(clock, 5);
    for (let i = 0; i < 10_000; i++) await null;
    done = clock.now();
    await sleep(clock, 5);
  })();
  clock.schedule(6, () => {});
  await clock.advance(8);
  assertEquals(done, 5);
  await clock.runUntil(work);
  assertEquals(clock.now(), 10);
});

Deno.test("SimulatedClock waits for cryptography before a timer may win", async () => {
  const clock = new SimulatedClock();
  const key = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, true, ["sign"]);
  const work = async () => {
    for (let i = 0; i < 20; i++) await crypto.subtle.sign("HMAC", key, new Uint8Array(100_000));
    return "signed";
  };
  const timeout = sleep(clock, 1).then(() => "timeout");
  assertEquals(await clock.runUntil(Promise.race([work(), timeout])), "signed");
  assertEquals(clock.now(), 0);
  await clock.advance(1);
});

Deno.test("SimulatedClock runUntil gives what the promise gives, also its error", async () => {
  const clock = new SimulatedClock();
  const failing = sleep(clock, 1000).then(() => {
    throw new RangeError("as wanted");
  });
  await assertRejects(() => clock.runUntil(failing), RangeError);
  assertEquals(clock.now(), 1000);
});

Deno.test("SimulatedClock runUntil fails when nothing can happen, or too late", async () => {
  const clock = new SimulatedClock();
  const never = new Promise<void>(() => {});
  await assertRejects(() => clock.runUntil(never), Error, "nothing is scheduled");
  const again = () => {
    clock.schedule(10, again);
  };
  again();
  await assertRejects(() => clock.runUntil(never, 1000), Error, "has not settled");
  assert(clock.now() <= 1000);
});
