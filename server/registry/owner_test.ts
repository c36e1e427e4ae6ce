import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { isOwnerId, LEASE_KEY_BYTES, leaseKeyOwner, sameOwner, subjectOwner } from "./owner.ts";

Deno.test("subjectOwner() tells every pair of issuer and subject apart", async () => {
  const pairs = [["a", "bc"], ["ab", "c"], ["", "abc"], ["abc", ""], ["a\0b", "c"], ["a", "b\0c"], [
    'a","b',
    "c",
  ], ["a", 'b","c']];
  const owners = await Promise.all(
    pairs.map(([issuer = "", sub = ""]) => subjectOwner(issuer, sub)),
  );
  assertEquals(new Set(owners).size, pairs.length);
  assert(owners.every(isOwnerId));
});

Deno.test("leaseKeyOwner() is the digest of the key and not the key", async () => {
  const owner = await leaseKeyOwner(new Uint8Array(LEASE_KEY_BYTES));
  // SHA-256 of 32 zero bytes, 66687aad…, in Crockford's base32.
  assertEquals(owner.slice(0, 12), "key.csm7nbfr");
  assert(isOwnerId(owner));
  const bytes = new Uint8Array(LEASE_KEY_BYTES + 4).subarray(2, LEASE_KEY_BYTES + 2);
  assertEquals(await leaseKeyOwner(bytes), owner);
});

Deno.test("leaseKeyOwner() takes no short or long key", async () => {
  for (const length of [0, 31, 33]) {
    await assertRejects(() => leaseKeyOwner(new Uint8Array(length)), RangeError);
  }
});

Deno.test("sameOwner() compares all of both", async () => {
  const owner = await subjectOwner("i", "s");
  const last = owner.endsWith("0") ? "1" : "0";
  assert(sameOwner(owner, await subjectOwner("i", "s")));
  assert(!sameOwner(owner, `sub.${owner.slice(4, -1)}${last}`));
  assert(!sameOwner(owner, `key.${owner.slice(4)}`));
  assert(!sameOwner(owner, `sub.${owner.slice(4, -1)}`));
  assertNotEquals(owner, await subjectOwner("s", "i"));
});

Deno.test("isOwnerId() refuses everything else", () => {
  for (const value of ["", "sub.", "key.abc", 7, null, undefined, {}, `xxx.${"0".repeat(52)}`]) {
    assert(!isOwnerId(value));
  }
});
