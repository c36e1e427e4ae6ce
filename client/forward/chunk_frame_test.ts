import { assertEquals, assertStrictEquals } from "@std/assert";
import { ChunkFrame } from "./chunk_frame.ts";

const utf8 = new TextEncoder();
const text = new TextDecoder();

Deno.test("ChunkFrame makes one chunk after the other, in the same memory", () => {
  const frame = new ChunkFrame();
  const long = frame.around(utf8.encode("x".repeat(300)));
  assertEquals(text.decode(long), `12c\r\n${"x".repeat(300)}\r\n`);
  const short = frame.around(utf8.encode("hello"));
  assertEquals(text.decode(short), "5\r\nhello\r\n");
  assertStrictEquals(short.buffer, long.buffer);
  assertEquals(text.decode(frame.around(utf8.encode("y".repeat(400)))).length, 5 + 400 + 2);
});
