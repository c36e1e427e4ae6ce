import { assert, assertEquals } from "@std/assert";
import { soak } from "../support/mux_soak.ts";

const MIB = 1024 * 1024;

for (const isSlow of [false, true]) {
  const reader = isSlow ? "slow" : "fast";
  Deno.test(`Memory does not grow with what has passed to a ${reader} reader`, async () => {
    const bytes = 1024 * MIB;
    const { held, bytes: passed } = await soak({ bytes, isSlow });
    assertEquals(passed, bytes);
    // What is on its way differs from sample to sample; what leaks is in all of them.
    const early = Math.max(...held.slice(0, 4));
    const late = Math.min(...held.slice(-3));
    assert(late < early + 50 * MIB, `MiB: ${held.map((sample) => sample / MIB | 0)}`);
    assert(late < 400 * MIB, `MiB: ${held.map((sample) => sample / MIB | 0)}`);
  });
}
