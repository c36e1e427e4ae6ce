import { assertEquals } from "@std/assert";
import { SimulatedClock } from "../../tests/support/simulated_clock.ts";
import { Deadlines, SWEEP_MS } from "./deadlines.ts";

Deno.test("Deadlines sweeps while there is something to watch, with one timer", async () => {
  const clock = new SimulatedClock();
  using deadlines = new Deadlines(clock);
  const sweeps: number[] = [];
  const one = { onSweep: (now: number) => void sweeps.push(now) };
  assertEquals(clock.pendingTimers, 0);
  deadlines.add(one);
  deadlines.add({ onSweep: () => {} });
  assertEquals(clock.pendingTimers, 1);
  await clock.advance(3 * SWEEP_MS);
  assertEquals(sweeps, [SWEEP_MS, 2 * SWEEP_MS, 3 * SWEEP_MS]);
  deadlines.remove(one);
  await clock.advance(SWEEP_MS);
  assertEquals(sweeps.length, 3);
});

Deno.test("Deadlines lets its timer go when nothing is left, and starts again", async () => {
  const clock = new SimulatedClock();
  using deadlines = new Deadlines(clock);
  const one = { onSweep: () => {} };
  deadlines.add(one);
  deadlines.remove(one);
  await clock.advance(SWEEP_MS);
  assertEquals(clock.pendingTimers, 0);
  await clock.advance(10_000);
  deadlines.add(one);
  assertEquals(deadlines.now, clock.now());
  assertEquals(clock.pendingTimers, 1);
});
