import { assert, assertEquals } from "@std/assert";
import { ANN, BOB, by, TestClock, TestStore } from "../../tests/support/lease_fixture.ts";
import type { ClientRefusal, Outcome } from "./client_refusal.ts";
import { NameRegistry } from "./name_registry.ts";
import { stableName } from "./names.ts";

function setUp(store: TestStore = new TestStore()): Promise<NameRegistry<string>> {
  const clock = new TestClock();
  return NameRegistry.open<string>({ store, clock, wallTime: clock.wallTime });
}

function refusal(outcome: Outcome<string>): ClientRefusal {
  assert(outcome.state === "refused", "granted");
  return outcome.refusal;
}

Deno.test("NameRegistry gives a chosen name", async () => {
  await using names = await setUp();
  const outcome = await names.claim({ ...by(ANN, "a"), wish: { kind: "chosen", name: "app" } });
  assertEquals(outcome.state, "granted");
  assertEquals(names.lookup("app"), { state: "online", route: "a" });
});

Deno.test("NameRegistry gives each owner its own random name for the same key", async () => {
  await using names = await setUp();
  const wish = { kind: "random", key: "http 3000" } as const;
  for (const owner of [ANN, BOB]) {
    const outcome = await names.claim({ ...by(owner, "x"), wish });
    assert(outcome.state === "granted");
    assertEquals(outcome.lease.name, await stableName(owner, "http 3000"));
  }
});

Deno.test("NameRegistry lets nobody choose another owner's random name", async () => {
  await using names = await setUp();
  const name = await stableName(ANN, "http 3000");
  const outcome = await names.claim({ ...by(BOB, "b"), wish: { kind: "chosen", name } });
  assertEquals([refusal(outcome).code, refusal(outcome).detail], ["name_refused", "looks_random"]);
});

Deno.test("NameRegistry says of a refused name what is wrong, and stores nothing", async () => {
  const store = new TestStore();
  await using names = await setUp(store);
  const outcome = await names.claim({ ...by(ANN, "a"), wish: { kind: "chosen", name: "www" } });
  assertEquals(refusal(outcome), {
    code: "name_refused",
    detail: "reserved",
    message: "'www' is reserved: visitors would take it for the operator's own page",
    retryAfterMs: null,
  });
  assertEquals([...names.list()], []);
  assertEquals(store.saved, []);
});

Deno.test("NameRegistry tells strangers that a name is taken", async () => {
  await using names = await setUp();
  const wish = { kind: "chosen", name: "app" } as const;
  await names.claim({ ...by(ANN, "a"), wish });
  assertEquals(refusal(await names.claim({ ...by(BOB, "b"), wish })), {
    code: "name_taken",
    detail: "online",
    message: "The name 'app' is in use by somebody else",
    retryAfterMs: null,
  });
});
