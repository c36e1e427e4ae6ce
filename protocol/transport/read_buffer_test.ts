import { assert, assertEquals } from "@std/assert";
import { ASLEEP_BUFFER_BYTES, IDLE_BUFFER_BYTES, ReadBuffer } from "./read_buffer.ts";

function readOf(buffer: ReadBuffer, wanted: number): number {
  const memory = buffer.next();
  buffer.filled(memory, Math.min(wanted, memory.length));
  return memory.length;
}

Deno.test("ReadBuffer grows while reads fill it and is small again after a small one", () => {
  const buffer = new ReadBuffer();
  const sizes = Array.from({ length: 6 }, () => readOf(buffer, Infinity) / 1024);
  assertEquals(sizes, [4, 16, 64, 256, 256, 256]);
  assertEquals(readOf(buffer, 60_000), 256 * 1024);
  assertEquals(buffer.next().length, IDLE_BUFFER_BYTES);
});

Deno.test("ReadBuffer keeps a middle buffer after a large read that did not fill it", () => {
  const buffer = new ReadBuffer();
  for (let i = 0; i < 4; i++) readOf(buffer, Infinity);
  assertEquals(readOf(buffer, 100_000), 256 * 1024);
  assertEquals(readOf(buffer, Infinity), 64 * 1024);
  assertEquals(readOf(buffer, 100), 256 * 1024);
  assertEquals(buffer.next().length, IDLE_BUFFER_BYTES);
});

Deno.test("ReadBuffer holds next to nothing after a sign of life, and wakes with the first bytes", () => {
  const buffer = new ReadBuffer();
  assertEquals(readOf(buffer, 11), IDLE_BUFFER_BYTES);
  const asleep = buffer.next();
  assertEquals(asleep.length, ASLEEP_BUFFER_BYTES);
  buffer.filled(asleep, 24);
  assert(buffer.next() === asleep);
  assertEquals(readOf(buffer, 100), ASLEEP_BUFFER_BYTES);
  assertEquals(readOf(buffer, 11), IDLE_BUFFER_BYTES);
  const sizes = Array.from({ length: 5 }, () => readOf(buffer, Infinity));
  assertEquals(sizes, [512, 4096, 16 * 1024, 64 * 1024, 256 * 1024]);
});

Deno.test("ReadBuffer gives large memory back to be used again, and the same small one", () => {
  const buffer = new ReadBuffer();
  const idle = buffer.next();
  buffer.filled(idle, idle.length);
  const large = buffer.next();
  buffer.filled(large, 100);
  assert(buffer.next() === idle);
  const other = new ReadBuffer();
  other.filled(other.next(), IDLE_BUFFER_BYTES);
  assert(other.next() === large);
});

Deno.test("ReadBuffer never gives away the memory of a read that was cut off", () => {
  const buffer = new ReadBuffer();
  buffer.filled(buffer.next(), IDLE_BUFFER_BYTES);
  const large = buffer.next();
  buffer.drop();
  const other = new ReadBuffer();
  other.filled(other.next(), IDLE_BUFFER_BYTES);
  assert(other.next() !== large);
});
