import { assertEquals } from "@std/assert";
import { MaskKeys } from "./mask_keys.ts";

Deno.test("MaskKeys gives a key of its own to each frame", () => {
  const keys = new MaskKeys();
  const given = Array.from({ length: 3000 }, () => keys.next().toHex());
  assertEquals(given[0]!.length, 8);
  // Of 3,000 in 2^32 two are alike once in a thousand runs, and eight never.
  assertEquals(new Set(given).size > 2992, true);
});
