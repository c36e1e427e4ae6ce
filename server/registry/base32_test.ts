import { assertEquals } from "@std/assert";
import { encodeBase32 } from "./base32.ts";

Deno.test("encodeBase32() writes five bits a digit, highest first, and fills up with zeros", () => {
  const cases: [number[], string][] = [
    [[], ""],
    [[0], "00"],
    [[255], "zw"],
    [[0x08, 0x42, 0x10, 0x84, 0x21], "11111111"],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0x80], "zzzzzzzzg0"],
  ];
  for (const [bytes, text] of cases) assertEquals(encodeBase32(Uint8Array.from(bytes)), text);
});

Deno.test("encodeBase32() agrees with arithmetic on a big integer", () => {
  const bytes = crypto.getRandomValues(new Uint8Array(35));
  let value = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  let expected = "";
  for (let i = 0; i < 56; i++, value /= 32n) {
    expected = "0123456789abcdefghjkmnpqrstvwxyz".charAt(Number(value % 32n)) + expected;
  }
  assertEquals(encodeBase32(bytes), expected);
});
