import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { leaseKeyFor } from "./lease_keys.ts";

const ENDPOINT = "https://a.example.com:443/connect";

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

Deno.test("leaseKeyFor gives the same key for the same endpoint, another for another", () =>
  inDirectory(async (directory) => {
    const first = await leaseKeyFor(directory, ENDPOINT);
    assertEquals(first.key.length, 32);
    assertEquals(first.warning, undefined);
    assertEquals(await leaseKeyFor(directory, ENDPOINT), first);
    const other = await leaseKeyFor(directory, "https://b.example.com:443/connect");
    assertNotEquals(other.key, first.key);
  }));

Deno.test("Key files are for their owner only", () =>
  inDirectory(async (directory) => {
    await leaseKeyFor(directory, ENDPOINT);
    const path = await onlyFile(directory);
    assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
    await Deno.chmod(path, 0o640);
    assertMatch((await leaseKeyFor(directory, ENDPOINT)).warning!, /chmod 600/);
  }));

Deno.test("Processes that start at once agree on one key", () =>
  inDirectory(async (directory) => {
    const all = await Promise.all(
      Array.from({ length: 8 }, () => leaseKeyFor(directory, ENDPOINT)),
    );
    for (const one of all) assertEquals(one, all[0]!);
    const files = await Array.fromAsync(Deno.readDir(`${directory}/lease-keys`));
    assertEquals(files.length, 1, "nothing left over");
  }));

Deno.test("A damaged key is replaced, and said so", () =>
  inDirectory(async (directory) => {
    await leaseKeyFor(directory, ENDPOINT);
    const path = await onlyFile(directory);
    for (const text of ["", "{", "null", '{"key":"abcd"}', '{"key":"zz"}', '{"key":5}']) {
      await Deno.writeTextFile(path, text);
      const replaced = await leaseKeyFor(directory, ENDPOINT);
      assertMatch(replaced.warning!, /was damaged/);
      assertEquals((await leaseKeyFor(directory, ENDPOINT)).key, replaced.key);
    }
  }));

Deno.test("Where nothing can be kept, the key is for now and the person is told", () =>
  inDirectory(async (directory) => {
    const file = `${directory}/file`;
    await Deno.writeTextFile(file, "");
    for (const place of [undefined, file]) {
      const first = await leaseKeyFor(place, ENDPOINT);
      const second = await leaseKeyFor(place, ENDPOINT);
      assertMatch(first.warning!, /the URL will change at the next start/);
      assertNotEquals(first.key, second.key);
    }
  }));
