import { assertEquals, assertThrows } from "@std/assert";
import { DEFAULT_LIMITS, type Limits, withDefaults } from "./limits.ts";

/** The ranges that PROTOCOL.md promises, written down once more. */
const RANGES: { readonly [Name in keyof Limits]: readonly [number, number] } = {
  streams: [1, 65_536],
  initialWindow: [1024, 16 * 1024 ** 2],
  maxWindow: [1024, 256 * 1024 ** 2],
  growthBudget: [0, 1024 ** 3],
  headBudget: [128 * 1024, 1024 ** 3],
  resend: [64 * 1024, 16 * 1024 ** 2],
  resumeMs: [0, 86_400_000],
  pingAfterMs: [10, 3_600_000],
  deadAfterMs: [20, 3_600_000],
  handshakeMs: [10, 60_000],
};

/** What else has to change for a limit to be taken on its own. */
function around(name: keyof Limits): Partial<Limits> {
  switch (name) {
    case "initialWindow":
      return { maxWindow: 256 * 1024 ** 2 };
    case "maxWindow":
      return { initialWindow: 1024 };
    case "pingAfterMs":
      return { deadAfterMs: 3_600_000 };
    case "deadAfterMs":
      return { pingAfterMs: 10 };
    default:
      return {};
  }
}

Deno.test("withDefaults fills in every limit", () => {
  assertEquals(withDefaults(), DEFAULT_LIMITS);
  assertEquals(withDefaults({ streams: 7 }), { ...DEFAULT_LIMITS, streams: 7 });
});

for (const name of Object.keys(RANGES) as (keyof Limits)[]) {
  Deno.test(`withDefaults takes "${name}" only within its range`, () => {
    const [least, most] = RANGES[name];
    const attempt = (value: number) => withDefaults({ ...around(name), [name]: value })[name];
    assertEquals(attempt(least), least);
    if (name !== "pingAfterMs") assertEquals(attempt(most), most);
    for (const value of [least - 1, most + 1, least + 0.5, NaN, Infinity, -Infinity]) {
      assertThrows(() => attempt(value), RangeError, `"${name}"`);
    }
  });
}

Deno.test("withDefaults insists that limits fit together", () => {
  assertThrows(
    () => withDefaults({ initialWindow: 65_536, maxWindow: 65_535 }),
    RangeError,
    "maxWindow",
  );
  assertThrows(
    () => withDefaults({ pingAfterMs: 1000, deadAfterMs: 1000 }),
    RangeError,
    "deadAfterMs",
  );
});
