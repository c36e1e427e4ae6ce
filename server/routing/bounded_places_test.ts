import { assertEquals } from "@std/assert";
import { collectGarbage } from "../../tests/support/collect_garbage.ts";
import { SimulatedClock } from "../../tests/support/simulated_clock.ts";
import { BoundedPlaces } from "./bounded_places.ts";

/** Waits, for who would rather have a promise. */
function waitFor(places: BoundedPlaces, ms: number): Promise<boolean> {
  return new Promise((resolve) => void places.wait(ms, resolve));
}

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
  const waits = [1, 2, 3].map((n) => waitFor(places, 1000).then(() => order.push(n)));
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
  assertEquals(await clock.runUntil(waitFor(places, 1000)), false);
  assertEquals(clock.now(), 1000);
  places.give();
  assertEquals(places.tryTake(), true);
});

Deno.test("BoundedPlaces.wait() ends when the visitor leaves", () => {
  const clock = new SimulatedClock();
  const places = new BoundedPlaces(0, clock);
  const ends: boolean[] = [];
  const wait = places.wait(1000, (has) => void ends.push(has))!;
  wait.leave();
  wait.leave();
  assertEquals(ends, [false]);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("BoundedPlaces.wait() refuses the 1,025th at once", async () => {
  const clock = new SimulatedClock();
  const places = new BoundedPlaces(0, clock);
  const waits = Array.from({ length: 1024 }, () => waitFor(places, 1000));
  assertEquals(places.wait(1000, () => {}), undefined);
  assertEquals(clock.now(), 0);
  await clock.runUntil(Promise.all(waits));
});

Deno.test("BoundedPlaces.wait() ends for each in its own time, with one timer for all", async () => {
  const clock = new SimulatedClock();
  const places = new BoundedPlaces(0, clock);
  const ends: string[] = [];
  for (const name of ["first", "second", "third"]) {
    waitFor(places, 1000).then((has) => ends.push(`${name} ${has} at ${clock.now()}`));
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
  const waits = [1, 2, 3].map((n) => places.wait(1000, (has) => void (has && served.push(n))));
  waits[1]!.leave();
  places.give();
  places.give();
  await clock.advance(0);
  assertEquals(served, [1, 3]);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("BoundedPlaces.wait() keeps nobody who came later, however long what it gave is kept", async () => {
  const places = new BoundedPlaces(0, new SimulatedClock());
  const first = places.wait(1000, () => {})!;
  // Others always wait: the queue is never empty.
  const later = Array.from({ length: 8 }, () => {
    const wait = new WeakRef(places.wait(1000, () => {})!);
    places.give();
    return wait;
  });
  await new Promise<void>((resolve) => setTimeout(resolve));
  collectGarbage();
  // The last one waits yet.
  assertEquals(later.filter((wait) => wait.deref() !== undefined).length, 1);
  first.leave();
  places.give();
});
