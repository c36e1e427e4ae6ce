import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { WriteRoom } from "./write_room.ts";

Deno.test("WriteRoom.join() gives a copy of all pieces in their order", () => {
  const piece = Uint8Array.of(1, 2);
  const { bytes, length } = WriteRoom.join([piece, new Uint8Array(0), Uint8Array.of(3), piece]);
  piece[0] = 9;
  assertEquals(bytes, Uint8Array.of(1, 2, 3, 1, 2));
  assertEquals(length, 5);
});

Deno.test("WriteRoom's memory is used again once it is given back, and only then", () => {
  const first = new WriteRoom(20_000);
  const second = new WriteRoom(20_000);
  assertNotStrictEquals(second.bytes.buffer, first.bytes.buffer);
  first.giveBack();
  first.giveBack();
  const third = new WriteRoom(30_000);
  assertStrictEquals(third.bytes.buffer, first.bytes.buffer);
  assertNotStrictEquals(new WriteRoom(30_000).bytes.buffer, first.bytes.buffer);
});

Deno.test("WriteRoom keeps no memory of what is rare", () => {
  const large = new WriteRoom(65_537);
  large.giveBack();
  assertEquals(large.bytes.buffer.byteLength, 65_537);
  assertNotStrictEquals(new WriteRoom(65_537).bytes.buffer, large.bytes.buffer);
});
