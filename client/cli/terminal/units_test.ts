import { assertEquals } from "@std/assert";
import { formatBytes, formatMs } from "./units.ts";

Deno.test("formatBytes is short at every size", () => {
  const cases = [
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [9949, "9.9 kB"],
    [9950, "10 kB"],
    [
      999_499,
      "999 kB",
    ],
    [999_500, "1.0 MB"],
    [20e9, "20 GB"],
    [5e15, "5000 TB"],
  ] as const;
  for (const [bytes, text] of cases) assertEquals(formatBytes(bytes), text);
});

Deno.test("formatMs is short at every length", () => {
  const cases = [
    [0.2, "0 ms"],
    [999, "999 ms"],
    [999.6, "1.0 s"],
    [1234, "1.2 s"],
    [
      59_949,
      "59.9 s",
    ],
    [59_960, "1m00s"],
    [185_000, "3m05s"],
  ] as const;
  for (const [ms, text] of cases) assertEquals(formatMs(ms), text);
});
