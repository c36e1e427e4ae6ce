import { assert, assertEquals } from "@std/assert";
import { allocateReceived, recycleReceived } from "./received.ts";

const KIB = 1024;

/** How large a block such a piece gets, and whether it is used again once given back. */
function block(size: number, window: number): { readonly kib: number; readonly isKept: boolean } {
  const memory = allocateReceived(size, window);
  recycleReceived(memory.subarray(0, size));
  const again = allocateReceived(size, window);
  recycleReceived(again);
  return { kib: memory.length / KIB, isKept: again === memory };
}

Deno.test("The memory of what came in is used again, but for little of it and for very much", () => {
  const window = 512 * KIB;
  assertEquals(block(4 * KIB, window), { kib: 4, isKept: false });
  assertEquals(block(5 * KIB, window), { kib: 16, isKept: true });
  assertEquals(block(16 * KIB, window), { kib: 16, isKept: true });
  assertEquals(block(17 * KIB, window), { kib: 256, isKept: true });
  assertEquals(block(17 * KIB, 64 * KIB), { kib: 64, isKept: true });
  assertEquals(block(300 * KIB, window), { kib: 300, isKept: false });
});

Deno.test("What came in never gets more memory than its window", () => {
  assertEquals(block(5 * KIB, 8 * KIB), { kib: 5, isKept: false });
  assertEquals(block(17 * KIB, 32 * KIB), { kib: 17, isKept: false });
});

Deno.test("Memory is given back once, and only by who got it here", () => {
  const memory = allocateReceived(5 * KIB, 64 * KIB);
  recycleReceived(memory);
  recycleReceived(memory);
  recycleReceived(new Uint8Array(16 * KIB));
  const first = allocateReceived(5 * KIB, 64 * KIB);
  const second = allocateReceived(5 * KIB, 64 * KIB);
  assert(first === memory && second !== memory);
});
