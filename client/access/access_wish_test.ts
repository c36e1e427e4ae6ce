import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { decodeHex, encodeHex } from "@std/encoding/hex";
import { hashCredentials, readAccessOptions } from "@tun/protocol";
import { UsageError } from "../usage_error.ts";
import { accessOptions, checkCredentials, checkNetworks, checkWish } from "./access_wish.ts";

const NOTHING = { credentials: [], allow: [], deny: [] };

Deno.test("checkCredentials() takes colons and every script, and never shows what it refuses", () => {
  assertEquals(checkCredentials("ada:a:b", "x"), "ada:a:b");
  assertEquals(checkCredentials("zoë:pässwörd", "x"), "zoë:pässwörd".normalize("NFC"));
  for (const text of ["hunter2", ":hunter2", "hunter2:", "", "ada:hunter2\u0007"]) {
    const error = assertThrows(() => checkCredentials(text, "--basic-auth"), UsageError);
    assertEquals(error.message.includes("hunter2"), false, text);
  }
  assertThrows(() => checkCredentials(`a:${"x".repeat(767)}`, "x"), UsageError, "768 bytes");
});

Deno.test("checkNetworks() splits at commas, spells in one way, and names a slip", () => {
  assertEquals(checkNetworks(["10.0.0.0/8, ::1", "192.0.2.7"], "x"), [
    "10.0.0.0/8",
    "::1/128",
    "192.0.2.7/32",
  ]);
  assertThrows(
    () => checkNetworks(["10.0.0.1/8"], "--allow-cidr"),
    UsageError,
    '--allow-cidr: "10.0.0.1/8" has bits beyond its prefix: did you mean 10.0.0.0/8',
  );
  assertThrows(() => checkNetworks(["10.0.0.0/8,"], "x"), UsageError, "expected an address");
  assertThrows(() => checkNetworks(Array(65).fill("::1"), "x"), UsageError, "at most 64");
});

Deno.test("checkWish() is nothing for nothing, and keeps to the limits of the wire", () => {
  assertEquals(checkWish(NOTHING, "x"), undefined);
  const credentials = Array<string>(33).fill("a:b");
  assertThrows(() => checkWish({ ...NOTHING, credentials }, "x"), UsageError, "at most 32");
});

Deno.test("accessOptions() tells the server hashes with a salt of their own, and no password", async () => {
  const wish = { credentials: ["ada:secret"], allow: ["10.0.0.0/8"], deny: [] };
  const [first, second] = [await accessOptions(wish), await accessOptions(wish)];
  assertEquals(JSON.stringify(first).includes("secret"), false);
  assertEquals(readAccessOptions(first, "http").ok, true);
  const { salt, hashes } = first.basic!;
  const hash = await hashCredentials(decodeHex(salt), new TextEncoder().encode("ada:secret"));
  assertEquals(hashes, [encodeHex(hash)]);
  assertNotEquals(second.basic!.salt, salt);
  assertEquals(Object.keys(first), ["allow", "basic"]);
});
