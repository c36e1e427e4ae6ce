/**
 * What every implementation of `LeaseStore` has to do; see its contract.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { LeaseRecord, LeaseStore } from "../../server/registry/lease_store.ts";
import { type OwnerId, subjectOwner } from "../../server/registry/owner.ts";

/** A place that stores can be opened on, one after the other. */
export interface StoreHarness extends AsyncDisposable {
  /** Opens a store on all that earlier ones have stored. */
  open(): Promise<LeaseStore & AsyncDisposable>;
}

const OWNER: OwnerId = await subjectOwner("https://issuer.example", "ann");

function record(name: string, changes: Partial<LeaseRecord> = {}): LeaseRecord {
  return {
    kind: "http",
    name,
    owner: OWNER,
    generation: 1,
    nonces: ["0123456789abcdef", ""],
    tag: null,
    live: true,
    usedAt: 1_767_225_600_123,
    ...changes,
  };
}

function sorted(records: readonly LeaseRecord[]): LeaseRecord[] {
  const key = ({ kind, name }: LeaseRecord) => `${kind}/${name}`;
  return [...records].sort((a, b) => key(a) < key(b) ? -1 : 1);
}

/** Registers the tests. `name` is the implementation's, `harness` makes an empty place. */
export function testLeaseStore(name: string, harness: () => Promise<StoreHarness>): void {
  /** Runs `change` on one store and gives what the next one, and the first, know then. */
  async function after(change: (store: LeaseStore) => Promise<unknown>) {
    await using place = await harness();
    let before;
    {
      await using store = await place.open();
      await change(store);
      before = await store.load();
    }
    await using store = await place.open();
    const { records, floor } = await store.load();
    assertEquals(sorted(records), sorted(before.records));
    assertEquals(floor, before.floor);
    return { records: sorted(records), floor };
  }

  Deno.test(`${name} is empty at first`, async () => {
    assertEquals(await after(() => Promise.resolve()), { records: [], floor: 0 });
  });

  Deno.test(`${name} keeps every field of a record`, async () => {
    const full = record("30000", {
      kind: "tcp",
      generation: Number.MAX_SAFE_INTEGER,
      nonces: ["!~", "", "c".repeat(64), "d"],
      tag: "0123456789ab",
      live: false,
      usedAt: 0,
    });
    assertEquals((await after((store) => store.save(full))).records, [full]);
  });

  Deno.test(`${name} replaces the record of the same kind and name only`, async () => {
    const { records } = await after(async (store) => {
      await store.save(record("single"));
      await store.save(record("other"));
      await store.save(record("single", { kind: "single" }));
      await store.save(record("single", { generation: 2 }));
    });
    assertEquals(records, [
      record("other"),
      record("single", { generation: 2 }),
      record("single", { kind: "single" }),
    ]);
  });

  Deno.test(`${name} forgets a record and keeps the highest floor`, async () => {
    const { records, floor } = await after(async (store) => {
      await store.save(record("one"));
      await store.save(record("two"));
      await store.forget("http", "one", 9);
      await store.forget("tcp", "two", 4);
      await store.forget("http", "never-there", 0);
    });
    assertEquals([records, floor], [[record("two")], 9]);
  });

  Deno.test(`${name} takes a name again that it has forgotten`, async () => {
    const { records, floor } = await after(async (store) => {
      await store.save(record("one"));
      await store.forget("http", "one", 1);
      await store.save(record("one", { generation: 2 }));
    });
    assertEquals([records, floor], [[record("one", { generation: 2 })], 1]);
  });

  Deno.test(`${name} keeps the order of calls that nobody waits for in between`, async () => {
    const { records } = await after((store) => {
      const calls = [];
      for (let generation = 1; generation <= 500; generation++) {
        calls.push(store.save(record("one", { generation })));
        if (generation % 100 === 0) calls.push(store.forget("http", "one", generation));
        calls.push(store.save(record(`n${generation % 7}`, { generation })));
      }
      calls.push(store.save(record("one", { generation: 501 })));
      return Promise.all(calls);
    });
    const generations = records.map(({ name, generation }) => [name, generation]);
    assertEquals(generations, [
      ["n0", 497],
      ["n1", 498],
      ["n2", 499],
      ["n3", 500],
      ["n4", 494],
      ["n5", 495],
      ["n6", 496],
      ["one", 501],
    ]);
  });

  Deno.test(`${name} keeps what was stored over many openings`, async () => {
    await using place = await harness();
    for (let i = 0; i < 5; i++) {
      await using store = await place.open();
      assertEquals((await store.load()).records.length, i);
      await store.save(record(`n${i}`));
    }
  });

  Deno.test(`${name} gives a snapshot that later changes do not touch`, async () => {
    await using place = await harness();
    await using store = await place.open();
    await store.save(record("one"));
    const { records } = await store.load();
    await store.save(record("one", { generation: 2 }));
    await store.forget("http", "one", 2);
    assert(records.length === 1 && records[0]?.generation === 1);
  });
}
