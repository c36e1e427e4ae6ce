import { assert, assertEquals, assertGreater } from "@std/assert";
import {
  again,
  ANN,
  BOB,
  by,
  CYD,
  granted,
  openRegistry,
  refusal,
} from "../../tests/support/lease_fixture.ts";
import type { RegistryEvent } from "./registry_options.ts";

const MINUTE = 60_000;

Deno.test("Registry knows nothing of a name that nobody claimed", async () => {
  const { registry } = await openRegistry();
  await using _ = registry;
  assertEquals(registry.lookup("app"), { state: "unknown" });
  assertEquals(registry.lookup("__proto__"), { state: "unknown" });
});

Deno.test("Registry gives a free name to whoever claims it", async () => {
  const { registry, store } = await openRegistry();
  await using _ = registry;
  const { lease, displaced } = granted(await registry.claim({ ...by(ANN, "a"), name: "app" }));
  assertEquals(displaced, null);
  assertEquals(registry.lookup("app"), { state: "online", route: "a" });
  assertEquals(store.saved.map(({ generation }) => generation), [lease.generation]);
  assert(lease.held);
});

Deno.test("Registry stores a generation before it answers, and the old holder serves until then", async () => {
  const { registry, store } = await openRegistry();
  await using _ = registry;
  granted(await registry.claim({ ...by(ANN, "old"), name: "app" }));
  const { reached, unblock } = store.block();
  const claim = registry.claim({ ...by(ANN, "new"), name: "app" });
  await reached;
  assertEquals(registry.lookup("app"), { state: "online", route: "old" });
  unblock();
  granted(await claim);
  assertEquals(registry.lookup("app"), { state: "online", route: "new" });
  assertEquals(store.saved.length, 2);
});

Deno.test("Registry lets an owner's newer claim take over at once and names whom it displaced", async () => {
  const { registry } = await openRegistry();
  await using _ = registry;
  const old = granted(await registry.claim({ ...by(ANN, "old"), name: "app" })).lease;
  const { lease, displaced } = granted(await registry.claim({ ...by(ANN, "new"), name: "app" }));
  assertEquals(displaced, { route: "old", generation: old.generation, reason: "claimed" });
  assertGreater(lease.generation, old.generation);
  assert(!old.held);
});

Deno.test("Registry tells others that a name is taken, and for how long", async () => {
  const { registry, clock } = await openRegistry();
  await using _ = registry;
  const { lease } = granted(await registry.claim({ ...by(ANN, "a"), name: "app" }));
  assertEquals(refusal(await registry.claim({ ...by(BOB, "b"), name: "app" })), {
    code: "taken",
    freeInMs: null,
  });
  lease.goOffline();
  clock.advance(4 * MINUTE);
  assertEquals(refusal(await registry.claim({ ...by(BOB, "b"), name: "app" })), {
    code: "taken",
    freeInMs: 6 * MINUTE,
  });
});

Deno.test("Registry keeps a name for its owner for the lease time, to the millisecond", async () => {
  const { registry, clock } = await openRegistry();
  await using _ = registry;
  const { lease } = granted(await registry.claim({ ...by(ANN, "a"), name: "app" }));
  clock.advance(MINUTE);
  lease.goOffline();
  assertEquals(registry.lookup("app"), {
    state: "offline",
    since: MINUTE,
    until: 11 * MINUTE,
  });
  clock.advance(10 * MINUTE - 1);
  assertEquals(registry.lookup("app").state, "offline");
  clock.advance(1);
  assertEquals(registry.lookup("app").state, "unknown");
  const second = granted(await registry.claim({ ...by(BOB, "b"), name: "app" }));
  assertGreater(second.lease.generation, lease.generation);
});

Deno.test("Registry frees a released name for everybody", async () => {
  const { registry } = await openRegistry();
  await using _ = registry;
  const { lease } = granted(await registry.claim({ ...by(ANN, "a"), name: "app" }));
  await lease.release();
  assertEquals(registry.lookup("app"), { state: "unknown" });
  granted(await registry.claim({ ...by(BOB, "b"), name: "app" }));
});

Deno.test("Registry survives a release in the middle of a take-over", async () => {
  const vacant: string[] = [];
  const { registry, store } = await openRegistry({ onVacant: (name) => vacant.push(name) });
  await using _ = registry;
  const { lease } = granted(await registry.claim({ ...by(ANN, "old"), name: "app" }));
  const { reached, unblock } = store.block();
  const claim = registry.claim({ ...by(ANN, "new"), name: "app" });
  await reached;
  const release = lease.release();
  unblock();
  const second = granted(await claim);
  await release;
  assertEquals(registry.lookup("app"), { state: "online", route: "new" });
  assertEquals(store.saved.at(-1)?.generation, second.lease.generation);
  assertEquals(store.saved.at(-1)?.live, true);
  assertEquals(vacant, []);
});

Deno.test("Registry decides simultaneous claims one after the other", async () => {
  const { registry } = await openRegistry();
  await using _ = registry;
  const results = await Promise.all(
    ["a", "b", "c"].map((route) => registry.claim({ ...by(ANN, route), name: "app" })),
  );
  assertEquals(results.map((result) => granted(result).displaced?.route ?? null), [null, "a", "b"]);
  const others = await Promise.all(
    [BOB, CYD].map((owner) => registry.claim({ ...by(owner, "x"), name: "free" })),
  );
  assertEquals(others.map(({ state }) => state), ["granted", "refused"]);
});

Deno.test("A disposed lease goes offline", async () => {
  const { registry } = await openRegistry();
  await using _ = registry;
  {
    using lease = granted(await registry.claim({ ...by(ANN, "a"), name: "app" })).lease;
    assert(lease.held);
  }
  assertEquals(registry.lookup("app").state, "offline");
});

Deno.test("Registry refuses a claim that it cannot store, and changes nothing", async () => {
  const events: RegistryEvent[] = [];
  const { registry, store } = await openRegistry({ onEvent: (event) => events.push(event) });
  await using _ = registry;
  const { lease } = granted(await registry.claim({ ...by(ANN, "a"), name: "app" }));
  store.failure = new Error("disk full");
  assertEquals(refusal(await registry.claim({ ...by(ANN, "b"), name: "app" })), {
    code: "unavailable",
  });
  assertEquals(refusal(await registry.claim({ ...by(BOB, "b"), name: "x" })).code, "unavailable");
  assertEquals(events.map(({ type, name }) => [type, name]), [
    ["store_failed", "app"],
    ["store_failed", "x"],
  ]);
  assert(lease.held);
  store.failure = null;
  granted(await registry.claim({ ...again(ANN, "c", lease.generation), name: "app" }));
});

Deno.test("Registry caps the names of an owner, online and offline, but not their renewal", async () => {
  const { registry, clock } = await openRegistry({ limits: { perOwner: 2 } });
  await using _ = registry;
  const one = granted(await registry.claim({ ...by(ANN, "a"), name: "one" })).lease;
  granted(await registry.claim({ ...by(ANN, "a"), name: "two" }));
  one.goOffline();
  assertEquals(refusal(await registry.claim({ ...by(ANN, "a"), name: "three" })), {
    code: "too_many",
    scope: "owner",
    limit: 2,
  });
  granted(await registry.claim({ ...by(ANN, "a"), name: "two" }));
  granted(await registry.claim({ ...by(BOB, "b"), name: "three" }));
  clock.advance(10 * MINUTE);
  granted(await registry.claim({ ...by(ANN, "a"), name: "four" }));
});

Deno.test("Registry holds the owner's cap against simultaneous claims", async () => {
  const { registry } = await openRegistry({ limits: { perOwner: 3 } });
  await using _ = registry;
  const results = await Promise.all(
    Array.from({ length: 10 }, (_, i) => registry.claim({ ...by(ANN, "a"), name: `n${i}` })),
  );
  assertEquals(results.filter(({ state }) => state === "granted").length, 3);
});

Deno.test("Registry caps the names of an address over all its owners", async () => {
  const { registry } = await openRegistry({ limits: { perAddress: 1 } });
  await using _ = registry;
  const address = "192.0.2.7";
  const { lease } = granted(await registry.claim({ ...by(ANN, "a"), address, name: "one" }));
  assertEquals(refusal(await registry.claim({ ...by(BOB, "b"), address, name: "two" })), {
    code: "too_many",
    scope: "address",
    limit: 1,
  });
  await lease.release();
  granted(await registry.claim({ ...by(BOB, "b"), address, name: "two" }));
});

Deno.test("Registry brings live leases back from its store, offline and with a full lease", async () => {
  const { registry, clock, open } = await openRegistry();
  const { lease } = granted(await registry.claim({ ...by(ANN, "a"), name: "app" }));
  const gone = granted(await registry.claim({ ...by(ANN, "a"), name: "gone" })).lease;
  await gone.release();
  lease.goOffline();
  clock.advance(9 * MINUTE);
  await registry[Symbol.asyncDispose]();
  await using restarted = await open();
  assertEquals(restarted.lookup("app").state, "offline");
  assertEquals(restarted.lookup("gone").state, "unknown");
  clock.advance(9 * MINUTE);
  assertEquals(refusal(await restarted.claim({ ...by(BOB, "b"), name: "app" })), {
    code: "taken",
    freeInMs: MINUTE,
  });
  const old = { ...again(ANN, "a", lease.generation - 1), name: "app" };
  assertEquals(refusal(await restarted.claim(old)).code, "displaced");
  granted(await restarted.claim({ ...again(ANN, "a", lease.generation), name: "app" }));
});

Deno.test("Registry forgets the oldest ended lease for room, and then lets no old client win", async () => {
  const { registry, open } = await openRegistry({ limits: { records: 2 } });
  const old = granted(await registry.claim({ ...by(ANN, "old"), name: "app" })).lease;
  const newer = granted(await registry.claim({ ...by(ANN, "newer"), name: "app" })).lease;
  await newer.release();
  granted(await registry.claim({ ...by(BOB, "b"), name: "two" }));
  granted(await registry.claim({ ...by(BOB, "b"), name: "three" }));
  assertEquals(registry.record("app"), null);
  assertEquals(refusal(await registry.claim({ ...by(ANN, "x"), name: "four" })), {
    code: "too_many",
    scope: "server",
    limit: 2,
  });
  await registry[Symbol.asyncDispose]();
  await using restarted = await open();
  const { lease } = granted(await restarted.claim({ ...by(BOB, "b"), name: "two" }));
  await lease.release();
  for (const { generation } of [old, newer]) {
    assertEquals(refusal(await restarted.claim({ ...again(ANN, "x", generation), name: "app" })), {
      code: "displaced",
      reason: "forgotten",
    });
  }
  const fresh = granted(await restarted.claim({ ...by(ANN, "new"), name: "app" }));
  assertGreater(fresh.lease.generation, newer.generation);
});

Deno.test("Registry forgets ended leases that are old, or too many of one owner", async () => {
  const { registry, clock } = await openRegistry({
    limits: { endedPerOwner: 2, retentionMs: 1000 },
  });
  await using _ = registry;
  for (const name of ["b1", "b2"]) {
    await granted(await registry.claim({ ...by(BOB, "b"), name })).lease.release();
  }
  for (const name of ["a1", "a2", "a3"]) {
    await granted(await registry.claim({ ...by(ANN, "a"), name })).lease.release();
  }
  assertEquals([...registry.list()].map(({ record }) => record.name), ["b1", "b2", "a2", "a3"]);
  clock.advance(1001);
  await granted(await registry.claim({ ...by(CYD, "c"), name: "c1" })).lease.release();
  assertEquals([...registry.list()].map(({ record }) => record.name), ["c1"]);
});

Deno.test("Registry with a lost store gives higher generations than before", async () => {
  const before = await openRegistry();
  await using registry = before.registry;
  const old = granted(await registry.claim({ ...by(ANN, "a"), name: "app" })).lease;
  const after = await openRegistry();
  after.clock.advance(1000);
  await using fresh = after.registry;
  const { lease } = granted(
    await fresh.claim({ ...again(ANN, "a", old.generation), name: "app" }),
  );
  assertGreater(lease.generation, old.generation);
});

Deno.test("Registry refuses all claims once it is disposed, and leaves no timer", async () => {
  const { registry, clock } = await openRegistry();
  const { lease } = granted(await registry.claim({ ...by(ANN, "a"), name: "app" }));
  lease.goOffline();
  assertEquals(clock.pending, 1);
  await registry[Symbol.asyncDispose]();
  assertEquals(clock.pending, 0);
  assertEquals(refusal(await registry.claim({ ...by(ANN, "a"), name: "app" })).code, "unavailable");
});

Deno.test("Registry tells of a vacancy only when no claim is under way", async () => {
  const vacant: string[] = [];
  const { registry, store } = await openRegistry({ onVacant: (name) => vacant.push(name) });
  await using _ = registry;
  const { lease } = granted(await registry.claim({ ...by(ANN, "a"), name: "app" }));
  const { reached, unblock } = store.block();
  const claim = registry.claim({ ...by(ANN, "b"), name: "app" });
  await reached;
  const released = lease.release();
  store.failure = new Error("disk full");
  assertEquals(vacant, []);
  unblock();
  assertEquals(refusal(await claim).code, "unavailable");
  await released;
  assert(vacant.includes("app"));
});

Deno.test("Registry forgets no name that is being claimed", async () => {
  const { registry, store } = await openRegistry({ limits: { records: 1 } });
  await using _ = registry;
  await granted(await registry.claim({ ...by(ANN, "a"), name: "app" })).lease.release();
  const { reached, unblock } = store.block();
  const claim = registry.claim({ ...by(ANN, "b"), name: "app" });
  await reached;
  const other = await registry.claim({ ...by(BOB, "b"), name: "other" });
  assertEquals(refusal(other), { code: "too_many", scope: "server", limit: 1 });
  unblock();
  granted(await claim);
  assertEquals(registry.lookup("app"), { state: "online", route: "b" });
});
