import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import {
  type AccessOptions,
  hashCredentials,
  MAX_CREDENTIALS,
  MAX_NETWORKS,
  readAccessOptions,
} from "./access_rules.ts";

const SALT = "000102030405060708090a0b0c0d0e0f";
const HASH = "11".repeat(32);

Deno.test("readAccessOptions() reads every rule", () => {
  const options: AccessOptions = {
    allow: ["10.0.0.0/8", "2001:db8::/32"],
    deny: ["10.1.0.0/16"],
    basic: { salt: SALT, hashes: [HASH] },
  };
  const reading = readAccessOptions(options, "http");
  assert(reading.ok);
  const { allow, deny, basic } = reading.rules;
  assertEquals(allow?.map(String), ["10.0.0.0/8", "2001:db8::/32"]);
  assertEquals(deny.map(String), ["10.1.0.0/16"]);
  assertEquals(encodeHex(basic!.salt), SALT);
  assertEquals(basic!.hashes.map(encodeHex), [HASH]);
});

Deno.test("readAccessOptions() refuses whatever it would not keep", () => {
  const many = <T>(count: number, one: T) => Array<T>(count).fill(one);
  const rows: [what: string, options: unknown, kind?: "http" | "tcp"][] = [
    ["no object", "deny all"],
    ["a list", []],
    ["a rule of the future", { allow: ["::1"], countries: ["CH"] }],
    ["a slip", { allow: ["10.0.0.1/8"] }],
    ["no list", { deny: "10.0.0.0/8" }],
    ["an empty list, which could mean all or none", { allow: [] }],
    ["something else in a list", { deny: [7] }],
    ["too many networks", { deny: many(MAX_NETWORKS + 1, "::1") }],
    ["a salt that is too short", { basic: { salt: "00", hashes: [HASH] } }],
    ["a hash that is none", { basic: { salt: SALT, hashes: ["x".repeat(64)] } }],
    ["a password in clear", { basic: { salt: SALT, hashes: ["ada:secret"] } }],
    ["nobody who could log in", { basic: { salt: SALT, hashes: [] } }],
    ["too many users", { basic: { salt: SALT, hashes: many(MAX_CREDENTIALS + 1, HASH) } }],
    ["another hash function", { basic: { salt: SALT, hashes: [HASH], hash: "argon2id" } }],
    ["a login over TCP", { basic: { salt: SALT, hashes: [HASH] } }, "tcp"],
  ];
  for (const [what, options, kind = "http"] of rows) {
    assertEquals(readAccessOptions(options, kind).ok, false, what);
  }
});

Deno.test("The longest rules fit into a claim", () => {
  const longest = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0/124";
  const options: AccessOptions = {
    allow: Array<string>(MAX_NETWORKS).fill(longest),
    deny: Array<string>(MAX_NETWORKS).fill(longest),
    basic: { salt: SALT, hashes: Array<string>(MAX_CREDENTIALS).fill(HASH) },
  };
  assert(readAccessOptions(options, "http").ok);
  assert(JSON.stringify(options).length < 12 * 1024);
});

Deno.test("hashCredentials() is SHA-256 of salt and text", async () => {
  const text = new TextEncoder().encode("Aladdin:open sesame");
  const salt = Uint8Array.from({ length: 16 }, (_, i) => i);
  assertEquals(
    encodeHex(await hashCredentials(salt, text)),
    "b9d3452bc31d3baae2a06ba7818c2611a2bed00b2f2b34d83c6abe79486b6602",
  );
  assertNotEquals(
    await hashCredentials(new Uint8Array(16), text),
    await hashCredentials(salt, text),
  );
});
