import { assert, assertEquals } from "@std/assert";
import { again, ANN, BOB, by, TestClock, TestStore } from "../../tests/support/lease_fixture.ts";
import type { Granted } from "./claim.ts";
import type { Outcome } from "./client_refusal.ts";
import { SingleRegistry } from "./single_registry.ts";

function setUp() {
  const clock = new TestClock();
  const store = new TestStore();
  const open = () => SingleRegistry.open<string>({ store, clock, wallTime: clock.wallTime });
  return { clock, open };
}

function granted(outcome: Outcome<string>): Granted<string> {
  assert(outcome.state === "granted", JSON.stringify(outcome));
  return outcome;
}

Deno.test("SingleRegistry gives the slot to the newest claim, whoever makes it", async () => {
  await using single = await setUp().open();
  assertEquals(single.lookup().state, "unknown");
  const { lease } = granted(await single.claim(by(ANN, "a")));
  const { displaced } = granted(await single.claim(by(BOB, "b")));
  assertEquals(displaced, { route: "a", generation: lease.generation, reason: "claimed" });
  lease.goOffline();
  await lease.release();
  assertEquals(single.lookup(), { state: "online", route: "b" });
});

Deno.test("SingleRegistry lets no displaced client come back by itself", async () => {
  const { open, clock } = setUp();
  const single = await open();
  const ann = granted(await single.claim(by(ANN, "a"))).lease;
  const bob = granted(await single.claim(by(BOB, "b"))).lease;
  for (const step of ["online", "offline", "unknown", "restart"]) {
    if (step === "offline") bob.goOffline();
    if (step === "unknown") clock.advance(1_000_000_000);
    if (step === "restart") await single[Symbol.asyncDispose]();
    await using now = step === "restart" ? await open() : null;
    const outcome = await (now ?? single).claim(again(ANN, "a", ann.generation));
    assert(outcome.state === "refused");
    assertEquals(outcome.refusal.code, "displaced");
  }
});

Deno.test("SingleRegistry gives the slot back after any time to the last who had it", async () => {
  const { open, clock } = setUp();
  await using single = await open();
  const { lease } = granted(await single.claim(by(ANN, "a")));
  lease.goOffline();
  clock.advance(400 * 24 * 3_600_000);
  granted(await single.claim(again(ANN, "a", lease.generation)));
});
