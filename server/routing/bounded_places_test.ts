import { assertEquals } from "@std/assert";
import { SimulatedClock } from "../../tests/support/simulated_clock.ts";
import { BoundedPlaces } from "./bounded_places.ts";

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
  const waits = [1, 2, 3].map((n) => places.wait(1000)!.taken.then(() => order.push(n)));
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
  assertEquals(await clock.runUntil(places.wait(1000)!.taken), false);
  assertEquals(clock.now(), 1000);
  places.give();
  assertEquals(places.tryTake(), true);
});

Deno.test("BoundedPlaces.wait() ends when the visitor leaves", async () => {
  const clock = new SimulatedClock();
  const places = new BoundedPlaces(0, clock);
  const wait = places.wait(1000)!;
  wait.leave();
  assertEquals(await wait.taken, false);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("BoundedPlaces.wait() refuses the 1,025th at once", async () => {
  const clock = new SimulatedClock();
  const places = new BoundedPlaces(0, clock);
  const waits = Array.from({ length: 1024 }, () => places.wait(1000)!.taken);
  assertEquals(places.wait(1000), undefined);
  assertEquals(clock.now(), 0);
  await clock.runUntil(Promise.all(waits));
});

Deno.test("BoundedPlaces.wait() ends for each in its own time, with one timer for all", async () => {
  const clock = new SimulatedClock();
  const places = new BoundedPlaces(0, clock);
  const ends: string[] = [];
  for (const name of ["first", "second", "third"]) {
    places.wait(1000)!.taken.then((has) => ends.push(`${name} ${has} at ${clock.now()}`));
    await clock.advance(100);
  }
  assertEquals(clock.pendingTimers, 1);
  await clock.advance(750);
  places.give();
  await clock.advance(1000);
  assertEquals(ends, ["first false at 1000", "second true at 1050", "third false at 1200"]);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("BoundedPlaces.wait() closes the queue where somebody in the middle leaves", async () => {
  const clock = new SimulatedClock();
  const places = new BoundedPlaces(0, clock);
  const served: number[] = [];
  const waits = [1, 2, 3].map((n) => {
    const wait = places.wait(1000)!;
    wait.taken.then((has) => has && served.push(n));
    return wait;
  });
  waits[1]!.leave();
  places.give();
  places.give();
  await clock.advance(0);
  assertEquals(served, [1, 3]);
  assertEquals(clock.pendingTimers, 0);
});
