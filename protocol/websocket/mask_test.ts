import { assertEquals } from "@std/assert";
import { applyMask } from "./mask.ts";

function naive(bytes: Uint8Array, key: Uint8Array, phase: number): Uint8Array {
  return bytes.map((byte, i) => byte ^ key[(i + phase) % 4]!);
}

Deno.test("applyMask agrees with the RFC's formula at every alignment, length and phase", () => {
  const key = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);
  for (let offset = 0; offset < 8; offset++) {
    for (let length = 0; length < 23; length++) {
      for (let phase = 0; phase < 4; phase++) {
        const memory = Uint8Array.from({ length: 40 }, (_, i) => i * 7);
        const bytes = memory.subarray(offset, offset + length);
        const wanted = naive(bytes, key, phase);
        const around = memory.slice(offset + length);
        applyMask(bytes, key, phase);
        assertEquals(bytes, wanted, `offset ${offset}, length ${length}, phase ${phase}`);
        assertEquals(memory.subarray(offset + length), around);
      }
    }
  }
});

Deno.test("applyMask done in pieces is the mask done at once", () => {
  const key = Uint8Array.of(1, 2, 3, 4);
  const whole = Uint8Array.from({ length: 1001 }, (_, i) => i);
  const pieces = whole.slice();
  applyMask(whole, key);
  for (let at = 0; at < pieces.length; at += 97) {
    applyMask(pieces.subarray(at, at + 97), key, at & 3);
  }
  assertEquals(pieces, whole);
});
