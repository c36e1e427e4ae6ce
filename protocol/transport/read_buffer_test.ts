import { assert, assertEquals } from "@std/assert";
import {
  ASLEEP_BUFFER_BYTES,
  IDLE_BUFFER_BYTES,
  MOST_EXPECTING_BYTES,
  ReadBuffer,
} from "./read_buffer.ts";

function readOf(buffer: ReadBuffer, wanted: number): number {
  const memory = buffer.next();
  buffer.filled(memory, Math.min(wanted, memory.length));
  return memory.length;
}

/** A message that came as fast as it was read; the buffers that it took, in KiB. */
function message(buffer: ReadBuffer, bytes: number): number[] {
  const sizes: number[] = [];
  for (let left = bytes; left >= 0;) {
    const size = readOf(buffer, left);
    sizes.push(size / 1024);
    left = left < size ? -1 : left - size;
  }
  return sizes;
}

Deno.test("ReadBuffer grows while reads fill it and is small again after a small message", () => {
  const buffer = new ReadBuffer();
  const sizes = Array.from({ length: 6 }, () => readOf(buffer, Infinity) / 1024);
  assertEquals(sizes, [4, 16, 64, 256, 256, 256]);
  assertEquals(readOf(buffer, 60_000), 256 * 1024);
  assertEquals(readOf(buffer, 100), 64 * 1024);
  assertEquals(buffer.next().length, IDLE_BUFFER_BYTES);
  buffer.drop();
});

Deno.test("ReadBuffer expects a message as large as the last, until a small one comes", () => {
  const buffer = new ReadBuffer();
  assertEquals(message(buffer, 10_000), [4, 16]);
  assertEquals(message(buffer, 10_000), [16]);
  assertEquals(message(buffer, 17_000), [16, 64]);
  assertEquals(message(buffer, 17_000), [32]);
  assertEquals(message(buffer, 40_000), [32, 64]);
  assertEquals(message(buffer, 40_000), [64]);
  assertEquals(message(buffer, 10_000), [64]);
  assertEquals(message(buffer, 10_000), [16]);
  assertEquals(message(buffer, 600), [16]);
  assertEquals(message(buffer, 600), [4]);
});

Deno.test("ReadBuffer expects nothing once so many do, until one of them ends", () => {
  const expecting = Array.from({ length: MOST_EXPECTING_BYTES / (64 * 1024) }, () => {
    const buffer = new ReadBuffer();
    message(buffer, 40_000);
    return buffer;
  });
  const late = new ReadBuffer();
  message(late, 40_000);
  assertEquals(message(late, 40_000), [4, 16, 64]);
  assertEquals(message(late, 1_000_000).at(-1), 256);
  message(late, 600);
  expecting[0]!.drop();
  message(expecting[1]!, 600);
  message(late, 40_000);
  assertEquals(message(late, 40_000), [64]);
  message(expecting[0]!, 40_000);
  assertEquals(message(expecting[0]!, 40_000), [64]);
  message(expecting[1]!, 40_000);
  assertEquals(message(expecting[1]!, 40_000), [4, 16, 64]);
  for (const buffer of [late, ...expecting]) buffer.drop();
});

Deno.test("ReadBuffer keeps a middle buffer after a large read that did not fill it", () => {
  const buffer = new ReadBuffer();
  for (let i = 0; i < 4; i++) readOf(buffer, Infinity);
  assertEquals(readOf(buffer, 100_000), 256 * 1024);
  assertEquals(readOf(buffer, Infinity), 64 * 1024);
  assertEquals(readOf(buffer, 100_000), 256 * 1024);
  assertEquals(readOf(buffer, 100), 64 * 1024);
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
  assert(buffer.next() === large);
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
