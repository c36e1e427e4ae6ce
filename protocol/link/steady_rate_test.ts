import { assertEquals } from "@std/assert";
import { SteadyRate } from "./steady_rate.ts";

Deno.test("A rate is the average of 20 ms, however uneven they were", () => {
  const rate = new SteadyRate();
  rate.restart(1000, 100);
  rate.add(1010, 101);
  rate.add(3000, 102);
  assertEquals(rate.bytesPerMs, 0);
  rate.add(3000, 120);
  assertEquals(rate.bytesPerMs, 100);
});

Deno.test("What came before the line was busy is in no rate", () => {
  const rate = new SteadyRate();
  rate.restart(0, 0);
  rate.add(500, 19);
  rate.restart(500, 100);
  rate.add(2500, 120);
  assertEquals(rate.bytesPerMs, 100);
});

Deno.test("The best rate is forgotten after two periods", () => {
  const rate = new SteadyRate();
  rate.restart(0, 0);
  rate.add(20_000, 20);
  for (let now = 40; now <= 800; now += 20) {
    rate.add(20_000 + (now - 20) * 100, now);
    const isRemembered = now < 520;
    assertEquals(rate.bytesPerMs, isRemembered ? 1000 : 100, `after ${now} ms`);
  }
});
