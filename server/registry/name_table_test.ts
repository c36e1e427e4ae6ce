import { assert, assertEquals } from "@std/assert";
import { ANN, TestClock, TestStore } from "../../tests/support/lease_fixture.ts";
import type { LeaseRecord } from "./lease_store.ts";
import { NameTable } from "./name_table.ts";
import { DEFAULT_REGISTRY_LIMITS, type RegistryEvent } from "./registry_options.ts";
import { ReportedStore } from "./reported_store.ts";

const { wallTime } = new TestClock();

function ended(name: string, generation: number): LeaseRecord {
  const record = { kind: "http", name, owner: ANN, generation, nonces: [""], tag: null } as const;
  return { ...record, live: false, usedAt: wallTime() };
}

function setUp(limits: { records?: number; endedPerOwner?: number } = {}) {
  const clock = new TestClock();
  const store = new TestStore();
  const events: RegistryEvent[] = [];
  const reported = new ReportedStore({
    kind: "http",
    store,
    clock,
    wallTime,
    onEvent: (event) => events.push(event),
  });
  const all = { ...DEFAULT_REGISTRY_LIMITS, ...limits };
  return { store, reported, events, table: new NameTable<string>(reported, all, wallTime, 0) };
}

Deno.test("NameTable forgets the oldest ended lease for room, and raises its floor to it", async () => {
  const { table, store, reported } = setUp({ records: 2 });
  table.restore([ended("one", 7), ended("two", 3)]);
  assert(table.hasRoomFor(table.obtain("three")));
  assertEquals(Array.from(table.entries(), ({ name }) => name), ["two", "three"]);
  assertEquals(table.floor, 7);
  await reported.settled();
  assertEquals((await store.load()).floor, 7);
});

Deno.test("NameTable forgets no lease that is live, and no name that is busy", async () => {
  const { table } = setUp({ records: 2 });
  table.restore([{ ...ended("live", 1), live: true }, ended("busy", 2)]);
  const { promise, resolve } = Promise.withResolvers<void>();
  const attended = table.get("busy")!.attend(() => promise);
  assert(!table.hasRoomFor(table.obtain("three")));
  resolve();
  await attended;
  assert(table.hasRoomFor(table.obtain("three")));
  assertEquals(table.get("busy"), undefined);
});

Deno.test("NameTable always has room for a name that has a record", () => {
  const { table } = setUp({ records: 1 });
  table.restore([{ ...ended("one", 1), live: true }, { ...ended("two", 2), live: true }]);
  assert(table.hasRoomFor(table.obtain("two")));
});

Deno.test("NameTable.bury() says so when the name is forgotten at once", async () => {
  const { table, reported } = setUp({ endedPerOwner: 0 });
  const entry = table.obtain("app");
  table.enter(entry, { ...ended("app", 5), live: true });
  assertEquals(table.bury(entry, ended("app", 5)), false);
  assertEquals(table.get("app"), undefined);
  assertEquals(table.floor, 5);
  await reported.settled();
});

Deno.test("NameTable drops a name that came to nothing, and none with a record", () => {
  const { table } = setUp();
  table.restore([ended("kept", 1)]);
  for (const name of ["kept", "gone"]) table.dropUnrecorded(table.obtain(name));
  assertEquals(Array.from(table.entries(), ({ name }) => name), ["kept"]);
});

Deno.test("NameTable does not drop the entry that has come after one that was dropped", () => {
  const { table } = setUp();
  const first = table.obtain("app");
  table.dropUnrecorded(first);
  const second = table.obtain("app");
  table.dropUnrecorded(first);
  assertEquals(table.get("app"), second);
});

Deno.test("NameTable goes on when the store cannot forget, and an operator is told", async () => {
  const { table, store, reported, events } = setUp({ endedPerOwner: 0 });
  store.failure = new Error("disk full");
  const entry = table.obtain("app");
  table.bury(entry, ended("app", 5));
  await reported.settled();
  assertEquals(events, [
    { type: "store_failed", operation: "forget", name: "app", cause: store.failure },
  ]);
});
