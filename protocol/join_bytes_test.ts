import { assertEquals } from "@std/assert";
import { joinBytes } from "./join_bytes.ts";

Deno.test("joinBytes() gives a copy of all pieces in their order", () => {
  const piece = Uint8Array.of(1, 2);
  const joined = joinBytes([piece, new Uint8Array(0), Uint8Array.of(3), piece]);
  assertEquals(joined, Uint8Array.of(1, 2, 3, 1, 2));
  piece.fill(9);
  assertEquals(joined, Uint8Array.of(1, 2, 3, 1, 2));
  assertEquals(joinBytes([]), new Uint8Array(0));
});
