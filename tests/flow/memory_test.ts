import { assert, assertEquals } from "@std/assert";
import { soak } from "../support/mux_soak.ts";

const MIB = 1024 * 1024;

for (const isSlow of [false, true]) {
  const reader = isSlow ? "slow" : "fast";
  Deno.test(`Memory does not grow with what has passed to a ${reader} reader`, async () => {
    const bytes = 1024 * MIB;
    const { rss, bytes: passed } = await soak({ bytes, isSlow });
    assertEquals(passed, bytes);
    // What the collector leaves lying is between the samples; what leaks is in all of them.
    const early = Math.max(...rss.slice(0, 4));
    const late = Math.min(...rss.slice(-3));
    assert(late < early + 100 * MIB, `MiB: ${rss.map((sample) => sample / MIB | 0)}`);
  });
}
