import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { leaseKeyFor, type LeaseSubject } from "./lease_keys.ts";

const SUBJECT: LeaseSubject = {
  endpoint: "https://a.example.com:443/connect",
  kind: "http",
  target: "localhost:3000",
};

async function inDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function onlyFile(directory: string): Promise<string> {
  const [entry] = await Array.fromAsync(Deno.readDir(`${directory}/lease-keys`));
  return `${directory}/lease-keys/${entry!.name}`;
}

Deno.test("leaseKeyFor gives the same key for the same subject, another for another", () =>
  inDirectory(async (directory) => {
    const first = await leaseKeyFor(directory, SUBJECT);
    assertEquals(first.key.length, 32);
    assertEquals(first.warning, undefined);
    assertEquals(await leaseKeyFor(directory, SUBJECT), first);
    const others: LeaseSubject[] = [
      { ...SUBJECT, endpoint: "https://b.example.com:443/connect" },
      { ...SUBJECT, kind: "tcp" },
      { ...SUBJECT, target: "localhost:3001" },
    ];
    for (const other of others) {
      assertNotEquals((await leaseKeyFor(directory, other)).key, first.key);
    }
  }));

Deno.test("Key files are for their owner only", () =>
  inDirectory(async (directory) => {
    await leaseKeyFor(directory, SUBJECT);
    const path = await onlyFile(directory);
    assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
    await Deno.chmod(path, 0o640);
    assertMatch((await leaseKeyFor(directory, SUBJECT)).warning!, /chmod 600/);
  }));

Deno.test("Processes that start at once agree on one key", () =>
  inDirectory(async (directory) => {
    const all = await Promise.all(Array.from({ length: 8 }, () => leaseKeyFor(directory, SUBJECT)));
    for (const one of all) assertEquals(one, all[0]!);
    const files = await Array.fromAsync(Deno.readDir(`${directory}/lease-keys`));
    assertEquals(files.length, 1, "nothing left over");
  }));

Deno.test("A damaged key is replaced, and said so", () =>
  inDirectory(async (directory) => {
    await leaseKeyFor(directory, SUBJECT);
    const path = await onlyFile(directory);
    for (const text of ["", "{", "null", '{"key":"abcd"}', '{"key":"zz"}', '{"key":5}']) {
      await Deno.writeTextFile(path, text);
      const replaced = await leaseKeyFor(directory, SUBJECT);
      assertMatch(replaced.warning!, /was damaged/);
      assertEquals((await leaseKeyFor(directory, SUBJECT)).key, replaced.key);
    }
  }));

Deno.test("Where nothing can be kept, the key is for now and the person is told", () =>
  inDirectory(async (directory) => {
    const file = `${directory}/file`;
    await Deno.writeTextFile(file, "");
    for (const place of [undefined, file]) {
      const first = await leaseKeyFor(place, SUBJECT);
      const second = await leaseKeyFor(place, SUBJECT);
      assertMatch(first.warning!, /the URL will change at the next start/);
      assertNotEquals(first.key, second.key);
    }
  }));
