import { assertEquals } from "@std/assert";
import { SimulatedClock } from "../../tests/support/simulated_clock.ts";
import { CapReports } from "./cap_reports.ts";

Deno.test("CapReports tell the first at once, and of a flood a line in ten seconds", async () => {
  const clock = new SimulatedClock();
  const told: string[] = [];
  const reports = new CapReports(clock, (reason, count) => told.push(`${reason} ${count}`));
  for (let i = 0; i < 1000; i++) reports.add("connections");
  reports.add("handshakes");
  assertEquals(told, ["connections 1", "handshakes 1"]);
  await clock.advance(10_000);
  reports.add("connections");
  assertEquals(told.at(-1), "connections 1000");
  assertEquals(clock.pendingTimers, 0);
});
