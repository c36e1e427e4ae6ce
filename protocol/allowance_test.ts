import { assertEquals } from "@std/assert";
import { Allowance } from "./allowance.ts";

function take(allowance: Allowance, times: number, now: number): number {
  let taken = 0;
  for (let i = 0; i < times; i++) taken += Number(allowance.take(now));
  return taken;
}

Deno.test("Allowance gives its burst at once and nothing beyond", () => {
  assertEquals(take(new Allowance(64, 4, 0), 1000, 0), 64);
});

Deno.test("Allowance refills with time, up to the burst", () => {
  const allowance = new Allowance(64, 4, 0);
  take(allowance, 64, 0);
  assertEquals(take(allowance, 10, 249), 0);
  assertEquals(take(allowance, 10, 250), 1);
  assertEquals(take(allowance, 10, 1250), 4);
  assertEquals(take(allowance, 1000, 10 * 60_000), 64);
});

Deno.test("Allowance never gives more than its burst and its rate, however it is asked", () => {
  const allowance = new Allowance(8, 10, 0);
  let taken = 0;
  for (let now = 0; now <= 10_000; now += 7) taken += take(allowance, 3, now);
  assertEquals(taken, 8 + 100 - 1);
});

Deno.test("Allowance is not moved by a refusal", () => {
  const allowance = new Allowance(1, 1, 0);
  take(allowance, 1, 0);
  assertEquals(take(allowance, 100, 500), 0);
  assertEquals(take(allowance, 1, 1000), 1);
});
