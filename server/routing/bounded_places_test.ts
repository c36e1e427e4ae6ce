import { assertEquals } from "@std/assert";
import { SimulatedClock } from "../../tests/support/simulated_clock.ts";
import { BoundedPlaces } from "./bounded_places.ts";

const nobodyLeaves = new AbortController().signal;

Deno.test("BoundedPlaces gives out as many places as there are", () => {
  const places = new BoundedPlaces(2, new SimulatedClock());
  assertEquals([places.tryTake(), places.tryTake(), places.tryTake()], [true, true, false]);
  places.give();
  assertEquals(places.tryTake(), true);
});

Deno.test("BoundedPlaces.wait() serves those who wait in order", async () => {
  const clock = new SimulatedClock();
  const places = new BoundedPlaces(1, clock);
  places.tryTake();
  const order: number[] = [];
  const waits = [1, 2, 3].map((n) => places.wait(1000, nobodyLeaves).then(() => order.push(n)));
  for (let i = 0; i < 3; i++) {
    places.give();
    await clock.advance(0);
  }
  await Promise.all(waits);
  assertEquals(order, [1, 2, 3]);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("BoundedPlaces.wait() ends with the time, and the place goes to nobody", async () => {
  const clock = new SimulatedClock();
  const places = new BoundedPlaces(1, clock);
  places.tryTake();
  assertEquals(await clock.runUntil(places.wait(1000, nobodyLeaves)), false);
  assertEquals(clock.now(), 1000);
  places.give();
  assertEquals(places.tryTake(), true);
});

Deno.test("BoundedPlaces.wait() ends when the visitor leaves", async () => {
  const clock = new SimulatedClock();
  const places = new BoundedPlaces(0, clock);
  const visitor = new AbortController();
  const wait = places.wait(1000, visitor.signal);
  visitor.abort();
  assertEquals(await wait, false);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("BoundedPlaces.wait() refuses the 1,025th at once", async () => {
  const clock = new SimulatedClock();
  const places = new BoundedPlaces(0, clock);
  const waits = Array.from({ length: 1024 }, () => places.wait(1000, nobodyLeaves));
  assertEquals(await places.wait(1000, nobodyLeaves), false);
  assertEquals(clock.now(), 0);
  await clock.runUntil(Promise.all(waits));
});
