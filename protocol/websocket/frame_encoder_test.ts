import { assertEquals } from "@std/assert";
import { MAX_HEADER_BYTES, Opcode } from "./frame.ts";
import { closePayload, encodeFrame, encodeFrameHeader } from "./frame_encoder.ts";

const KEY = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

Deno.test("encodeFrameHeader writes the shortest form of every length", () => {
  const vectors: [number, string][] = [
    [0, "82 00"],
    [125, "82 7d"],
    [126, "82 7e 00 7e"],
    [256, "82 7e 01 00"],
    [65535, "82 7e ff ff"],
    [65536, "82 7f 00 00 00 00 00 01 00 00"],
    [2 ** 40 + 5, "82 7f 00 00 01 00 00 00 00 05"],
  ];
  for (const [length, wanted] of vectors) {
    const target = new Uint8Array(MAX_HEADER_BYTES);
    const size = encodeFrameHeader(target, Opcode.binary, length);
    assertEquals(hex(target.subarray(0, size)), wanted);
    const masked = encodeFrameHeader(target, Opcode.binary, length, KEY);
    assertEquals(masked, size + 4);
    assertEquals(target.subarray(size, masked), KEY);
    assertEquals(target[1]! & 0x80, 0x80);
  }
});

Deno.test("encodeFrame writes the RFC's example frames and leaves the payload alone", () => {
  const payload = new TextEncoder().encode("Hello");
  const target = new Uint8Array(32);
  let size = encodeFrame(target, Opcode.pong, payload, KEY);
  assertEquals(hex(target.subarray(0, size)), "8a 85 37 fa 21 3d 7f 9f 4d 51 58");
  assertEquals(new TextDecoder().decode(payload), "Hello");
  size = encodeFrame(target, Opcode.ping, payload);
  assertEquals(hex(target.subarray(0, size)), "89 05 48 65 6c 6c 6f");
});

Deno.test("closePayload cuts a long reason at a character", () => {
  assertEquals(hex(closePayload(1000)), "03 e8");
  assertEquals(hex(closePayload(1002, "no")), "03 ea 6e 6f");
  const long = closePayload(1002, "é".repeat(100));
  assertEquals(long.length, 124);
  assertEquals(new TextDecoder().decode(long.subarray(2)), "é".repeat(61));
});
