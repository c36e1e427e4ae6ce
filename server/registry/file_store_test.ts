import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import { ANN } from "../../tests/support/lease_fixture.ts";
import { FileLeaseStore, type FileStoreEvent } from "./file_store.ts";
import type { LeaseRecord } from "./lease_store.ts";

function record(name: string, generation: number): LeaseRecord {
  return {
    kind: "http",
    name,
    owner: ANN,
    generation,
    nonces: [],
    tag: null,
    live: true,
    usedAt: 0,
  };
}

async function temporaryFile(): Promise<{ path: string } & AsyncDisposable> {
  const directory = await Deno.makeTempDir();
  return {
    path: `${directory}/leases.jsonl`,
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

async function contents(path: string): Promise<LeaseRecord[]> {
  await using store = await FileLeaseStore.open(path);
  return [...(await store.load()).records];
}

Deno.test({
  name: "FileLeaseStore lets only its user read the file, also one that was open to all",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using file = await temporaryFile();
    await Deno.writeTextFile(file.path, "", { mode: 0o666 });
    await Deno.chmod(file.path, 0o666);
    await using store = await FileLeaseStore.open(file.path, { slack: 0 });
    const mode = async () => ((await Deno.stat(file.path)).mode ?? 0) & 0o777;
    assertEquals(await mode(), 0o600);
    for (let i = 0; i < 10; i++) await store.save(record("app", i));
    assertEquals(await mode(), 0o600);
  },
});

Deno.test("FileLeaseStore survives a crash at every byte of its last write", async () => {
  await using file = await temporaryFile();
  {
    await using store = await FileLeaseStore.open(file.path);
    await store.save(record("one", 1));
    await store.save(record("two", 2));
  }
  const whole = await Deno.readFile(file.path);
  const first = whole.indexOf(0x0a) + 1;
  for (let cut = first + 1; cut < whole.length; cut += 7) {
    await Deno.writeFile(file.path, whole.subarray(0, cut));
    const events: FileStoreEvent[] = [];
    {
      await using store = await FileLeaseStore.open(file.path, {
        onEvent: (event) => events.push(event),
      });
      assertEquals((await store.load()).records, [record("one", 1)]);
      await store.save(record("three", 3));
    }
    assertEquals(events, [
      { type: "journal_damaged", path: file.path, lines: [], tornBytes: cut - first },
    ]);
    assertEquals(await contents(file.path), [record("one", 1), record("three", 3)]);
  }
});

Deno.test("FileLeaseStore skips damaged lines, says which, and keeps the damaged file", async () => {
  await using file = await temporaryFile();
  {
    await using store = await FileLeaseStore.open(file.path);
    await store.save(record("one", 1));
    await store.save(record("two", 2));
  }
  const good = await Deno.readTextFile(file.path);
  await Deno.writeTextFile(file.path, "garbage\n" + good);
  const events: FileStoreEvent[] = [];
  {
    await using store = await FileLeaseStore.open(file.path, {
      onEvent: (event) => events.push(event),
    });
    await store.save(record("three", 3));
  }
  assertEquals(events, [
    { type: "journal_damaged", path: file.path, lines: [1], tornBytes: 0 },
  ]);
  assertEquals((await contents(file.path)).map(({ name }) => name), ["one", "two", "three"]);
  assertEquals(await Deno.readTextFile(`${file.path}.damaged`), "garbage\n" + good);
});

Deno.test("FileLeaseStore rewrites a file that is mostly history, and loses nothing", async () => {
  await using file = await temporaryFile();
  {
    await using store = await FileLeaseStore.open(file.path, { slack: 10 });
    await store.forget("http", "gone", 77);
    for (let i = 0; i < 100; i++) {
      await Promise.all([store.save(record("one", i)), store.save(record(`n${i % 3}`, i))]);
    }
    const lines = (await Deno.readTextFile(file.path)).split("\n").length - 1;
    assertGreater(4 * 2 + 10 + 3, lines);
  }
  await using store = await FileLeaseStore.open(file.path);
  const { records, floor } = await store.load();
  assertEquals(floor, 77);
  assertEquals(
    new Map(records.map(({ name, generation }) => [name, generation])),
    new Map([["one", 99], ["n0", 99], ["n1", 97], ["n2", 98]]),
  );
});

Deno.test("FileLeaseStore rewrites over what a crash in the middle of a rewrite has left", async () => {
  await using file = await temporaryFile();
  await Deno.writeTextFile(`${file.path}.new`, "half a li");
  {
    await using store = await FileLeaseStore.open(file.path, { slack: 0 });
    for (let i = 0; i < 10; i++) await store.save(record("one", i));
  }
  assertEquals(await contents(file.path), [record("one", 9)]);
});

Deno.test("FileLeaseStore goes on when it cannot rewrite the file", async () => {
  await using file = await temporaryFile();
  await Deno.mkdir(`${file.path}.new/full`, { recursive: true });
  const events: FileStoreEvent[] = [];
  {
    await using store = await FileLeaseStore.open(file.path, {
      slack: 0,
      onEvent: (event) => events.push(event),
    });
    for (let i = 0; i < 10; i++) await store.save(record("one", i));
  }
  assert(events.some(({ type }) => type === "compaction_failed"));
  assertEquals(await contents(file.path), [record("one", 9)]);
});

Deno.test("FileLeaseStore finishes what it has taken before it closes, and takes no more", async () => {
  await using file = await temporaryFile();
  const store = await FileLeaseStore.open(file.path);
  const saves = Array.from({ length: 50 }, (_, i) => store.save(record(`n${i}`, i)));
  await store[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  await Promise.all(saves);
  await assertRejects(() => store.save(record("late", 1)));
  assertEquals((await contents(file.path)).length, 50);
});

/** Makes these operations fail. `syncData` is the worst: the bytes are written then. */
function failingDisk(...operations: ("syncData" | "truncate")[]): Disposable {
  const { prototype } = Deno.FsFile;
  const { syncData, truncate } = prototype;
  for (const operation of operations) {
    prototype[operation] = () => Promise.reject(new Error("disk full"));
  }
  return { [Symbol.dispose]: () => void Object.assign(prototype, { syncData, truncate }) };
}

Deno.test("FileLeaseStore undoes a change that it has to reject, and goes on after it", async () => {
  await using file = await temporaryFile();
  {
    await using store = await FileLeaseStore.open(file.path);
    await store.save(record("one", 1));
    {
      using _ = failingDisk("syncData");
      await assertRejects(() => store.save(record("one", 2)));
      await assertRejects(() => store.forget("http", "one", 9));
    }
    assertEquals(await store.load(), { records: [record("one", 1)], floor: 0 });
    assertEquals((await Deno.readTextFile(file.path)).split("\n").length, 2);
    await store.save(record("two", 3));
  }
  assertEquals(await contents(file.path), [record("one", 1), record("two", 3)]);
});

Deno.test("FileLeaseStore undoes a rejected change later if the disk does not let it at once", async () => {
  await using file = await temporaryFile();
  {
    await using store = await FileLeaseStore.open(file.path);
    await store.save(record("one", 1));
    {
      using _ = failingDisk("syncData", "truncate");
      await assertRejects(() => store.save(record("one", 2)));
      await assertRejects(() => store.save(record("one", 3)));
    }
    await store.save(record("two", 4));
  }
  assertEquals(await contents(file.path), [record("one", 1), record("two", 4)]);
});
