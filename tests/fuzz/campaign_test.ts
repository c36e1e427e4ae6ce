import { assert, assertEquals, assertExists } from "@std/assert";
import { fuzz, makeCase } from "./campaign.ts";
import { TARGETS } from "./targets.ts";
import { claim, type FuzzTarget } from "./target.ts";

/** Breaks on any input with a 7 behind a 200. */
const BROKEN: FuzzTarget = {
  name: "broken",
  unit: "inputs",
  share: 1,
  make: (random) => random.bytes(200),
  check(input) {
    const at = input.findIndex((byte) => byte >= 200);
    claim(at === -1 || !input.subarray(at).includes(7), `A 7 behind byte ${at}`);
    return 1;
  },
};

Deno.test("A campaign finds what is broken, shrinks it, and says which case it was", async () => {
  const { failure, cases } = await fuzz(BROKEN, 5, { ms: Infinity, cases: 1000 });
  assertExists(failure);
  assertEquals(failure.caseNumber, cases - 1);
  assertEquals(makeCase(BROKEN, 5, failure.caseNumber), failure.input);
  assertEquals(failure.shrunk.length, 2);
  const again = await fuzz(BROKEN, 5, { ms: Infinity, cases: 1, firstCase: failure.caseNumber });
  assertEquals(again.failure?.input, failure.input);
});

for (const target of TARGETS) {
  Deno.test(`Fuzzing ${target.name} makes the same inputs of the same seed and finds nothing`, async () => {
    assertEquals(makeCase(target, 1, 0), makeCase(target, 1, 0));
    const { failure, units } = await fuzz(target, 1, { ms: Infinity, cases: 20 });
    if (failure !== undefined) throw failure.error;
    assert(units > 0);
  });
}
