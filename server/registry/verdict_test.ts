import { assertEquals, assertGreater } from "@std/assert";
import {
  again,
  ANN,
  BOB,
  by,
  granted,
  openRegistry,
  refusal,
} from "../../tests/support/lease_fixture.ts";
import type { Refusal } from "./claim.ts";

const MINUTE = 60_000;

Deno.test("Registry refuses a reclaim below the present generation, whatever the holder does", async () => {
  const { registry, clock } = await openRegistry();
  await using _ = registry;
  const old = granted(await registry.claim({ ...by(ANN, "old"), name: "app" })).lease;
  const { lease } = granted(await registry.claim({ ...by(ANN, "new"), name: "app" }));
  const reclaim = () => registry.claim({ ...again(ANN, "old", old.generation), name: "app" });
  const expected: Refusal = { code: "displaced", reason: "superseded" };
  assertEquals(refusal(await reclaim()), expected);
  lease.goOffline();
  assertEquals(refusal(await reclaim()), expected);
  clock.advance(11 * MINUTE);
  assertEquals(refusal(await reclaim()), expected);
  assertEquals(registry.lookup("app").state, "unknown");
});

Deno.test("Registry gives a name back to the generation that held it, replacing its orphan", async () => {
  const { registry } = await openRegistry();
  await using _ = registry;
  const first = granted(await registry.claim({ ...by(ANN, "dead"), name: "app" })).lease;
  const { lease, displaced } = granted(
    await registry.claim({ ...again(ANN, "alive", first.generation), name: "app" }),
  );
  assertEquals(displaced, { route: "dead", generation: first.generation, reason: "orphan" });
  assertGreater(lease.generation, first.generation);
  first.goOffline();
  await first.release();
  assertEquals(registry.lookup("app"), { state: "online", route: "alive" });
});

Deno.test("Registry gives an ended name back to its last generation", async () => {
  const { registry, clock } = await openRegistry();
  await using _ = registry;
  const first = granted(await registry.claim({ ...by(ANN, "a"), name: "app" })).lease;
  first.goOffline();
  clock.advance(60 * MINUTE);
  granted(await registry.claim({ ...again(ANN, "b", first.generation), name: "app" }));
});

for (const generation of [NaN, -1, 0, -Infinity]) {
  Deno.test(`Registry refuses a reclaim with the generation ${generation}`, async () => {
    const { registry } = await openRegistry();
    await using _ = registry;
    const unheld = await registry.claim({ ...again(ANN, "a", generation), name: "new" });
    assertEquals(refusal(unheld), { code: "displaced", reason: "forgotten" });
    granted(await registry.claim({ ...by(ANN, "a"), name: "app" }));
    assertEquals(
      refusal(await registry.claim({ ...again(ANN, "b", generation), name: "app" })),
      { code: "displaced", reason: "superseded" },
    );
  });
}

Deno.test("Registry never lets a client's generation decide its own", async () => {
  const { registry } = await openRegistry();
  await using _ = registry;
  const huge = again(ANN, "a", Number.MAX_SAFE_INTEGER);
  const { lease } = granted(await registry.claim({ ...huge, name: "app" }));
  assertGreater(Number.MAX_SAFE_INTEGER / 1000, lease.generation);
});

Deno.test("Registry takes a repeated nonce for the present grant", async () => {
  const { registry, store } = await openRegistry();
  await using _ = registry;
  const hello = { ...by(ANN, "dead"), nonce: "n1", name: "app" };
  const first = granted(await registry.claim(hello)).lease;
  const { lease, displaced } = granted(await registry.claim({ ...hello, route: "alive" }));
  assertEquals(displaced, { route: "dead", generation: first.generation, reason: "orphan" });
  assertEquals(lease.generation, first.generation);
  assertEquals(store.saved.length, 1);
  first.goOffline();
  assertEquals(registry.lookup("app"), { state: "online", route: "alive" });
});

Deno.test("Registry takes a repeated reclaim for the present grant, also after a restart", async () => {
  const { registry, open } = await openRegistry();
  const first = granted(await registry.claim({ ...by(ANN, "a"), name: "app" })).lease;
  const reclaim = { ...again(ANN, "b", first.generation), nonce: "n2", name: "app" };
  const second = granted(await registry.claim(reclaim)).lease;
  assertGreater(second.generation, first.generation);
  assertEquals(granted(await registry.claim(reclaim)).lease.generation, second.generation);
  await registry[Symbol.asyncDispose]();
  await using restarted = await open();
  assertEquals(granted(await restarted.claim(reclaim)).lease.generation, second.generation);
});

Deno.test("Registry takes a repeated nonce for the present grant after the lease has ended", async () => {
  const { registry, store } = await openRegistry();
  await using _ = registry;
  const hello = { ...by(ANN, "a"), nonce: "n1", name: "app" };
  const { lease } = granted(await registry.claim(hello));
  await lease.release();
  assertEquals(granted(await registry.claim(hello)).lease.generation, lease.generation);
  assertEquals(store.saved.map(({ live }) => live), [true, false, true]);
});

Deno.test("Registry refuses a claim that was granted once and superseded", async () => {
  const { registry } = await openRegistry();
  await using _ = registry;
  const slow = { ...by(ANN, "slow"), nonce: "n1", name: "app" };
  granted(await registry.claim(slow));
  granted(await registry.claim({ ...by(ANN, "newer"), nonce: "n2", name: "app" }));
  assertEquals(refusal(await registry.claim(slow)), { code: "displaced", reason: "superseded" });
});

Deno.test("Registry does not take another owner's nonce for a repetition", async () => {
  const { registry } = await openRegistry();
  await using _ = registry;
  granted(await registry.claim({ ...by(ANN, "a"), nonce: "n1", name: "app" }));
  assertEquals(
    refusal(await registry.claim({ ...by(BOB, "b"), nonce: "n1", name: "app" })).code,
    "taken",
  );
});
