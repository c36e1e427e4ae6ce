import { assert, assertEquals } from "@std/assert";
import { again, ANN, BOB, by, granted, openRegistry } from "../../tests/support/lease_fixture.ts";
import type { Lease } from "./claim.ts";
import { explain } from "./client_refusal.ts";
import { readJournal, saveLine } from "./journal.ts";
import type { Registry } from "./registry.ts";

const DAY = 24 * 3_600_000;

async function isTaken(registry: Registry<string>): Promise<boolean> {
  const result = await registry.claim({ ...by(BOB, "b"), name: "app" });
  return result.state === "refused" && result.refusal.code === "taken";
}

Deno.test("A reserved name is its owner's alone, for ever, and after a restart", async () => {
  const { registry, clock, open } = await openRegistry();
  {
    await using _ = registry;
    const result = await registry.reserve("app", ANN);
    assert(result.state === "reserved" && result.isNew);
    clock.advance(400 * DAY);
    assert(await isTaken(registry));
  }
  await using again = await open();
  clock.advance(400 * DAY);
  assert(await isTaken(again));
  assertEquals(again.record("app")?.reserved, true);
  granted(await again.claim({ ...by(ANN, "a"), name: "app" }));
  assertEquals(again.lookup("app"), { state: "online", route: "a" });
});

Deno.test("A reserved name stays so when its tunnel goes, is given up, or is taken over", async () => {
  const { registry, clock } = await openRegistry();
  await using _ = registry;
  await registry.reserve("app", ANN);
  const first = granted(await registry.claim({ ...by(ANN, "1"), name: "app" })).lease;
  const second = granted(await registry.claim({ ...by(ANN, "2"), name: "app" })).lease;
  await first.release();
  assertEquals(registry.lookup("app"), { state: "online", route: "2" });
  second.goOffline();
  clock.advance(400 * DAY);
  assert(await isTaken(registry));
  const third = granted(await registry.claim({ ...by(ANN, "3"), name: "app" })).lease;
  await third.release();
  assertEquals(registry.lookup("app").state, "offline");
  assert(await isTaken(registry));
});

Deno.test("A name is reserved under a tunnel that is up, which goes on", async () => {
  const { registry, store, clock } = await openRegistry();
  await using _ = registry;
  const lease = granted(await registry.claim({ ...by(ANN, "a"), name: "app" })).lease;
  assertEquals((await registry.reserve("app", ANN)).state, "reserved");
  assert(lease.held);
  assertEquals(store.saved.at(-1)?.generation, lease.generation);
  lease.goOffline();
  clock.advance(DAY);
  // Its own client comes back, with the generation that it held.
  granted(await registry.claim({ ...again(ANN, "a", lease.generation), name: "app" }));
});

for (
  const [how, leave] of [
    ["goes", (lease: Lease) => lease.goOffline()],
    ["is given up", (lease: Lease) => void lease.release()],
  ] as const
) {
  Deno.test(`A reservation that comes while its tunnel ${how} holds all the same`, async () => {
    const { registry, store, clock } = await openRegistry();
    await using _ = registry;
    const lease = granted(await registry.claim({ ...by(ANN, "a"), name: "app" })).lease;
    const { reached, unblock } = store.block();
    const reserving = registry.reserve("app", ANN);
    await reached;
    leave(lease);
    unblock();
    assertEquals((await reserving).state, "reserved");
    clock.advance(DAY);
    assert(await isTaken(registry));
  });
}

Deno.test("A name that is live is not set aside for anybody else", async () => {
  const { registry } = await openRegistry();
  await using _ = registry;
  const lease = granted(await registry.claim({ ...by(ANN, "a"), name: "app" })).lease;
  assertEquals(await registry.reserve("app", BOB), { state: "refused", code: "taken" });
  lease.goOffline();
  assertEquals(await registry.reserve("app", BOB), { state: "refused", code: "taken" });
  await registry.reserve("app", ANN);
  assertEquals(await registry.reserve("app", BOB), { state: "refused", code: "taken" });
});

Deno.test("To reserve twice is to reserve once", async () => {
  const { registry, store } = await openRegistry();
  await using _ = registry;
  const both = await Promise.all([registry.reserve("app", ANN), registry.reserve("app", ANN)]);
  assertEquals(both.map((one) => one.state === "reserved" && one.isNew), [true, false]);
  assertEquals(store.saved.length, 1);
});

Deno.test("Who had a name before it was set aside for another has lost it", async () => {
  const { registry } = await openRegistry();
  await using _ = registry;
  const lease = granted(await registry.claim({ ...by(BOB, "b"), name: "app" })).lease;
  await lease.release();
  await registry.reserve("app", ANN);
  const back = await registry.claim({ ...again(BOB, "b", lease.generation), name: "app" });
  assert(back.state === "refused");
  assertEquals(back.refusal, { code: "taken", freeInMs: Infinity });
  const { refusal } = explain(back.refusal, { kind: "name", name: "app" });
  assertEquals(refusal.message, "The name 'app' is set aside for somebody else");
  assertEquals(refusal.retryAfterMs, null);
});

Deno.test("To free a name gives it to whoever comes, and is stored", async () => {
  const { registry, open } = await openRegistry();
  {
    await using _ = registry;
    await registry.reserve("app", ANN);
    assertEquals((await registry.free("app")).state, "freed");
    assertEquals(registry.lookup("app"), { state: "unknown" });
    assertEquals(await registry.free("app"), { state: "refused", code: "unknown" });
  }
  await using later = await open();
  assertEquals(later.lookup("app"), { state: "unknown" });
  granted(await later.claim({ ...by(BOB, "b"), name: "app" }));
  assertEquals(later.record("app")?.reserved, undefined);
});

Deno.test("A name is freed of a lease that nobody reserved; not while its tunnel is up", async () => {
  const { registry } = await openRegistry();
  await using _ = registry;
  const lease = granted(await registry.claim({ ...by(ANN, "a"), name: "app" })).lease;
  assertEquals(await registry.free("app"), { state: "refused", code: "online" });
  lease.goOffline();
  assertEquals((await registry.free("app")).state, "freed");
  assertEquals(await registry.free("never"), { state: "refused", code: "unknown" });
  granted(await registry.claim({ ...by(BOB, "b"), name: "app" }));
});

Deno.test("What cannot be stored has not happened", async () => {
  const { registry, store } = await openRegistry();
  await using _ = registry;
  store.failure = new Error("disk full");
  assertEquals(await registry.reserve("app", ANN), { state: "refused", code: "unavailable" });
  assertEquals(registry.lookup("app"), { state: "unknown" });
  store.failure = null;
  await registry.reserve("app", ANN);
  store.failure = new Error("disk full");
  assertEquals(await registry.free("app"), { state: "refused", code: "unavailable" });
  store.failure = null;
  assert(await isTaken(registry));
});

Deno.test("A reserved name that is offline counts against no address", async () => {
  const { registry } = await openRegistry({ limits: { perAddress: 1 } });
  await using _ = registry;
  const from = { ...by(ANN, "a"), address: "192.0.2.1" };
  await registry.reserve("app", ANN);
  const lease = granted(await registry.claim({ ...from, name: "app" })).lease;
  const full = await registry.claim({ ...from, name: "other" });
  assert(full.state === "refused" && full.refusal.code === "too_many");
  lease.goOffline();
  granted(await registry.claim({ ...from, name: "other" }));
});

Deno.test("Reservations have their place among the records, and no more", async () => {
  const { registry } = await openRegistry({ limits: { records: 1 } });
  await using _ = registry;
  await registry.reserve("app", ANN);
  assertEquals(await registry.reserve("other", ANN), { state: "refused", code: "full" });
  await registry.free("app");
  assertEquals((await registry.reserve("other", ANN)).state, "reserved");
});

Deno.test("A journal says which names are reserved, and an older one that none is", async () => {
  const { registry, store } = await openRegistry();
  await using _ = registry;
  await registry.reserve("app", ANN);
  const [record] = store.saved;
  const line = saveLine(record!);
  const read = (text: string) => readJournal(new TextEncoder().encode(text));
  assertEquals([...read(line).records.values()], [record]);
  const older = read(line.replace(',"reserved":true', ""));
  assertEquals([...older.records.values()].map((one) => "reserved" in one), [false]);
  assertEquals(read(line.replace(":true}", ':"yes"}')).damagedLines, [1]);
});
