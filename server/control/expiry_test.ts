import { assertEquals } from "@std/assert";
import { SimulatedClock } from "../../tests/support/simulated_clock.ts";
import { Expiry } from "./expiry.ts";

function watch() {
  const clock = new SimulatedClock();
  const happened: string[] = [];
  const expiry = new Expiry({ clock, wallTime: () => 1_000_000 + clock.now() }, {
    onWarning: (inMs) => happened.push(`warned ${inMs} at ${clock.now()}`),
    onExpired: () => happened.push(`expired at ${clock.now()}`),
  });
  return { clock, expiry, happened };
}

Deno.test("Expiry warns a minute before the end, and tells the end", async () => {
  const { clock, expiry, happened } = watch();
  expiry.set(1_000_000 + 100_000);
  await clock.advance(200_000);
  assertEquals(happened, ["warned 60000 at 40000", "expired at 100000"]);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("Expiry can be moved, and then warns again", async () => {
  const { clock, expiry, happened } = watch();
  expiry.set(1_000_000 + 50_000);
  await clock.advance(10_000);
  expiry.set(1_000_000 + 200_000);
  await clock.advance(500_000);
  assertEquals(happened, ["warned 50000 at 0", "warned 60000 at 140000", "expired at 200000"]);
});

Deno.test("Expiry reaches further than a timer does", async () => {
  const { clock, expiry, happened } = watch();
  const days = 90 * 24 * 60 * 60_000;
  expiry.set(1_000_000 + days);
  await clock.advance(days);
  assertEquals(happened.at(-1), `expired at ${days}`);
});

Deno.test("Expiry of never needs no timer", () => {
  const { clock, expiry } = watch();
  expiry.set(Infinity);
  assertEquals(clock.pendingTimers, 0);
});
