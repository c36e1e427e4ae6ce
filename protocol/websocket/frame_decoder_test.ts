import { assert, assertEquals, assertThrows } from "@std/assert";
import { chunkings } from "../../tests/support/chunkings.ts";
import { MAX_MESSAGE_BYTES, Opcode, type WebSocketRole } from "./frame.ts";
import { FrameDecoder } from "./frame_decoder.ts";
import { closePayload, encodeFrame, encodeFrameHeader } from "./frame_encoder.ts";
import { WebSocketViolation } from "./violation.ts";

const KEY = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);
const HELLO = new TextEncoder().encode("Hello");

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.trim().split(/\s+/), (byte) => parseInt(byte, 16));
}

function join(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function frame(opcode: Opcode, payload: Uint8Array, mask?: Uint8Array): Uint8Array {
  const target = new Uint8Array(payload.length + 14);
  return target.slice(0, encodeFrame(target, opcode, payload, mask));
}

/** All payload bytes, and the other events as text in their order. */
function decode(role: WebSocketRole, pieces: Iterable<Uint8Array>) {
  const decoder = new FrameDecoder({ role });
  const data: Uint8Array[] = [];
  const control: string[] = [];
  for (const piece of pieces) {
    decoder.push(piece);
    for (let event = decoder.next(); event !== null; event = decoder.next()) {
      if (event.kind === "data") {
        assert(event.bytes.length > 0);
        data.push(event.bytes.slice());
      } else if (event.kind === "close") {
        control.push(`close ${event.code} ${event.reason}`.trim());
      } else {
        control.push(`${event.kind} ${new TextDecoder().decode(event.payload)}`.trim());
      }
    }
  }
  return { data: join(...data), control };
}

Deno.test("FrameDecoder reads the RFC's example frames however they are cut", () => {
  // RFC 6455, 5.7, with the opcode of binary in place of text.
  const vectors: [WebSocketRole, string, string, string[]][] = [
    ["client", "82 05 48 65 6c 6c 6f", "Hello", []],
    ["server", "82 85 37 fa 21 3d 7f 9f 4d 51 58", "Hello", []],
    ["client", "02 03 48 65 6c 80 02 6c 6f", "Hello", []],
    ["client", "89 05 48 65 6c 6c 6f", "", ["ping Hello"]],
    ["server", "8a 85 37 fa 21 3d 7f 9f 4d 51 58", "", ["pong Hello"]],
  ];
  for (const [role, hex, data, control] of vectors) {
    for (const { name, pieces } of chunkings(bytesOf(hex))) {
      assertEquals(decode(role, pieces), {
        data: new TextEncoder().encode(data),
        control,
      }, `${hex}, ${name}`);
    }
  }
});

Deno.test("FrameDecoder reads every form of length, masked and not, however it is cut", () => {
  for (const size of [0, 1, 125, 126, 127, 255, 256, 1000, 65535, 65536, 70000]) {
    const payload = Uint8Array.from({ length: size }, (_, i) => i * 31);
    for (const role of ["server", "client"] as const) {
      const bytes = frame(Opcode.binary, payload, role === "server" ? KEY : undefined);
      for (const { name, pieces } of chunkings(bytes, { everySplitUpTo: 300 })) {
        const { data } = decode(role, pieces);
        assertEquals(data, payload, `${role}, ${size} bytes, ${name}`);
      }
    }
  }
});

Deno.test("FrameDecoder passes control frames between the fragments of a message", () => {
  const bytes = join(
    bytesOf("02 03 48 65 6c"),
    frame(Opcode.ping, HELLO),
    bytesOf("00 00"),
    frame(Opcode.pong, new Uint8Array(0)),
    bytesOf("80 02 6c 6f"),
    frame(Opcode.close, closePayload(1000, "bye ✓")),
  );
  for (const { name, pieces } of chunkings(bytes, { trailing: bytesOf("ff ff ff ff 00") })) {
    assertEquals(decode("client", pieces), {
      data: HELLO,
      control: ["ping Hello", "pong", "close 1000 bye ✓"],
    }, name);
  }
});

Deno.test("FrameDecoder hands out views of what was pushed, unmasked in place", () => {
  const bytes = frame(Opcode.binary, HELLO, KEY);
  const decoder = new FrameDecoder({ role: "server" });
  decoder.push(bytes);
  const event = decoder.next();
  assert(event?.kind === "data");
  assert(event.bytes.buffer === bytes.buffer);
  assertEquals(bytes.subarray(6), HELLO);
});

Deno.test("FrameDecoder reads a Close without a code as 1005 and ignores what follows", () => {
  const bytes = join(bytesOf("88 00"), frame(Opcode.binary, HELLO), bytesOf("ff"));
  for (const { name, pieces } of chunkings(bytes)) {
    assertEquals(decode("client", pieces).control, ["close 1005"], name);
    assertEquals(decode("client", pieces).data.length, 0, name);
  }
});

Deno.test("FrameDecoder refuses a frame at its header, and goes on refusing", () => {
  const violations: [WebSocketRole, string, string, number][] = [
    ["client", "c2 05", "RSV1", 1002],
    ["client", "a2 05", "RSV2", 1002],
    ["client", "92 05", "RSV3", 1002],
    ["client", "81 05", "text", 1003],
    ["client", "01 05", "a text fragment", 1003],
    ["client", "83 00", "opcode 3", 1002],
    ["client", "87 00", "opcode 7", 1002],
    ["client", "8b 00", "opcode 11", 1002],
    ["client", "8f 00", "opcode 15", 1002],
    ["client", "80 00", "a continuation of nothing", 1002],
    ["client", "02 00 82 00", "a message inside a message", 1002],
    ["client", "82 00 80 00", "a continuation after the end", 1002],
    ["client", "09 00", "a fragmented ping", 1002],
    ["client", "08 00", "a fragmented close", 1002],
    ["client", "89 7e", "a ping over 125 bytes", 1002],
    ["client", "8a 7f", "a pong over 125 bytes", 1002],
    ["client", "82 7e 00 7d", "125 in two bytes", 1002],
    ["client", "82 7f 00 00 00 00 00 00 ff ff", "65535 in eight bytes", 1002],
    ["client", "82 7f 80 00 00 00 00 00 00 00", "a length above 2^63", 1002],
    ["client", "82 7f 7f ff ff ff ff ff ff ff", "nearly 2^63 bytes", 1009],
    ["client", "82 7f 00 00 00 00 00 10 00 01", "1 MiB and a byte", 1009],
    ["client", "88 01 03", "a close code of one byte", 1002],
    ["client", "88 02 03 e7", "close code 999", 1002],
    ["client", "88 02 03 ed", "close code 1005", 1002],
    ["client", "88 02 03 ee", "close code 1006", 1002],
    ["client", "88 02 03 f7", "close code 1015", 1002],
    ["client", "88 02 0b b7", "close code 2999", 1002],
    ["client", "88 02 13 88", "close code 5000", 1002],
    ["client", "88 04 03 e8 c3 28", "a close reason that is not UTF-8", 1007],
    ["client", "82 85", "a masked frame from a server", 1002],
    ["server", "82 05", "an unmasked frame from a client", 1002],
    ["server", "89 05", "an unmasked ping from a client", 1002],
  ];
  for (const [role, hex, what, closeCode] of violations) {
    for (const { name, pieces } of chunkings(bytesOf(hex), { trailing: new Uint8Array(9) })) {
      const decoder = new FrameDecoder({ role });
      const error = assertThrows(
        () => {
          for (const piece of pieces) {
            decoder.push(piece);
            while (decoder.next() !== null);
          }
        },
        WebSocketViolation,
        undefined,
        `${what}, ${name}`,
      );
      assertEquals(error.closeCode, closeCode, `${what}, ${name}`);
      assert(assertThrows(() => decoder.next()) === error);
    }
  }
});

Deno.test("FrameDecoder takes a message of exactly 1 MiB and refuses a fragment more", () => {
  const half = new Uint8Array(MAX_MESSAGE_BYTES / 2);
  const opening = frame(Opcode.binary, half);
  opening[0]! &= 0x7f;
  const more = frame(Opcode.binary, half);
  more[0] = Opcode.continuation;
  assertEquals(decode("client", [opening.slice(), more, bytesOf("80 00")]).data.length, 1 << 20);

  const error = assertThrows(
    () => decode("client", [opening.slice(), more, bytesOf("80 01")]),
    WebSocketViolation,
  );
  assertEquals(error.code, "message_too_big");
});

Deno.test("FrameDecoder counts each message by itself", () => {
  const message = frame(Opcode.binary, new Uint8Array(700_000));
  assertEquals(decode("client", [message, message, message]).data.length, 2_100_000);
});

Deno.test("FrameDecoder meets any bytes with events or a WebSocketViolation, nothing else", () => {
  for (let seed = 1; seed <= 2000; seed++) {
    let state = seed * 2654435761;
    const bytes = Uint8Array.from({ length: 64 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    });
    // A random first byte is nearly always refused; this one opens a good frame.
    if (seed % 2 === 0) {
      const size = encodeFrameHeader(bytes, Opcode.binary, seed % 40, KEY);
      assertEquals(size, 6);
    }
    try {
      decode("server", [bytes]);
    } catch (error) {
      assert(error instanceof WebSocketViolation, `seed ${seed}: ${error}`);
    }
  }
});

Deno.test("FrameDecoder does not take more bytes while some are left", () => {
  const decoder = new FrameDecoder({ role: "client" });
  decoder.push(bytesOf("82 00 82 00"));
  assertThrows(() => decoder.push(bytesOf("82 00")), RangeError);
});
