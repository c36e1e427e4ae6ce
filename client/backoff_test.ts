import { assertEquals } from "@std/assert";
import { reconnectDelayMs, resumeDelayMs } from "./backoff.ts";

const worst = () => 1;
const attempts = Array.from({ length: 9 }, (_, attempt) => attempt);

Deno.test("resumeDelayMs() starts at once and never exceeds two seconds", () => {
  const delays = attempts.map((attempt) => resumeDelayMs(attempt, worst));
  assertEquals(delays, [0, 250, 500, 1000, 2000, 2000, 2000, 2000, 2000]);
  assertEquals(resumeDelayMs(5_000, worst), 2000);
});

Deno.test("reconnectDelayMs() doubles from one second to a minute, for ever", () => {
  const delays = attempts.map((attempt) => reconnectDelayMs(attempt, worst));
  assertEquals(delays, [0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  assertEquals(reconnectDelayMs(5_000, worst), 60_000);
});

Deno.test("reconnectDelayMs() spreads clients over the whole break", () => {
  assertEquals(reconnectDelayMs(3, () => 0), 0);
  assertEquals(reconnectDelayMs(3, () => 0.25), 1000);
});
