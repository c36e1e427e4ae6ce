import { assert, assertEquals, assertRejects } from "@std/assert";
import { chunkings } from "../../tests/support/chunkings.ts";
import { closePayload, encodeFrame } from "../websocket/frame_encoder.ts";
import { FrameDecoder } from "../websocket/frame_decoder.ts";
import { MAX_MESSAGE_BYTES, Opcode } from "../websocket/frame.ts";
import { memoryPair } from "./memory.ts";
import { type Transport, TransportError } from "./transport.ts";
import { WebSocketTransport } from "./websocket.ts";

const KEY = Uint8Array.of(9, 8, 7, 6);
const utf8 = new TextEncoder();

function frame(opcode: Opcode, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  const target = new Uint8Array(payload.length + 14);
  return target.slice(0, encodeFrame(target, opcode, payload, KEY));
}

function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** Our server, and the bare connection of its client. */
function setUp() {
  const { a, b } = memoryPair();
  return { client: a, server: new WebSocketTransport(b, "server") };
}

/** Reads the server's frames until `count` of them, a Close, or the end have come. */
async function framesOf(client: Transport, count: number): Promise<string[]> {
  const decoder = new FrameDecoder({ role: "client" });
  const frames: string[] = [];
  while (frames.length < count && !frames.at(-1)?.startsWith("close")) {
    const bytes = await client.read();
    if (bytes === null) break;
    decoder.push(bytes.slice());
    for (let event = decoder.next(); event !== null; event = decoder.next()) {
      if (event.kind === "close") frames.push(`close ${event.code}`);
      else if (event.kind === "data") frames.push(`data ${event.bytes.length}`);
      else frames.push(`${event.kind} ${new TextDecoder().decode(event.payload)}`);
    }
  }
  return frames;
}

async function readCode(server: Transport): Promise<string | null> {
  for (;;) {
    try {
      if (await server.read() === null) return null;
    } catch (error) {
      assert(error instanceof TransportError);
      return error.code;
    }
  }
}

Deno.test("WebSocketTransport reads a session out of messages however they are cut", async () => {
  const bytes = join(
    frame(Opcode.binary, utf8.encode("one ")),
    frame(Opcode.ping, utf8.encode("p")),
    frame(Opcode.binary, utf8.encode("two")),
    frame(Opcode.close, closePayload(1000)),
  );
  for (const { name, pieces } of chunkings(bytes)) {
    const { client, server } = setUp();
    let text = "";
    const reading = (async () => {
      for (let piece = await server.read(); piece !== null; piece = await server.read()) {
        text += new TextDecoder().decode(piece);
      }
    })();
    for (const piece of pieces) await client.write(piece);
    await reading;
    assertEquals(text, "one two", name);
    assertEquals(await framesOf(client, 9), ["pong p", "close 1000"], name);
    client.close();
    server.close();
  }
});

Deno.test("WebSocketTransport writes a payload and its header at once", async () => {
  const { client, server } = setUp();
  await server.write(new Uint8Array(16_380));
  assertEquals((await client.read())?.length, 16_384);
});

Deno.test("WebSocketTransport cuts a large write into messages of 1 MiB", async () => {
  const { client, server } = setUp();
  const written = server.write(new Uint8Array(2 * MAX_MESSAGE_BYTES + 1))
    .then(() => server.closeWrite());
  let size = 0;
  const decoder = new FrameDecoder({ role: "client", maxMessageBytes: MAX_MESSAGE_BYTES });
  for (let closed = false; !closed;) {
    const bytes = await client.read();
    assert(bytes !== null);
    decoder.push(bytes);
    for (let event = decoder.next(); event !== null; event = decoder.next()) {
      if (event.kind === "data") size += event.bytes.length;
      closed ||= event.kind === "close";
    }
  }
  await written;
  assertEquals(size, 2 * MAX_MESSAGE_BYTES + 1);
});

Deno.test("WebSocketTransport answers only the newest ping while it cannot write", async () => {
  const { a: client, b } = memoryPair({ inFlightBytes: 1024 });
  const server = new WebSocketTransport(b, "server");
  // Nothing but a full connection and a write that waits: no pong can go out.
  const written = server.write(new Uint8Array(2000));
  const reading = server.read();
  for (let i = 0; i < 1000; i++) await client.write(frame(Opcode.ping, utf8.encode(`${i}`)));
  await client.write(frame(Opcode.binary, utf8.encode("x")));
  assertEquals(await reading, utf8.encode("x"));
  const frames = framesOf(client, Infinity);
  await written;
  await server.closeWrite();
  const control = (await frames).filter((text) => !text.startsWith("data"));
  assertEquals(control, ["pong 999", "close 1000"]);
});

Deno.test("WebSocketTransport lets data pass under a flood of pings", async () => {
  const { client, server } = setUp();
  let stopped = false;
  const ping = join(...Array.from({ length: 100 }, () => frame(Opcode.ping)));
  const flood = (async () => {
    while (!stopped) await client.write(ping);
  })();
  const reading = readCode(server);
  const draining = framesOf(client, Infinity).catch(() => {});
  for (let i = 0; i < 100; i++) await server.write(Uint8Array.of(i));
  stopped = true;
  await flood;
  client.close();
  await reading;
  await draining;
});

Deno.test("WebSocketTransport refuses a violation with the RFC's close code", async () => {
  const violations: [string, Uint8Array, number][] = [
    ["an unmasked frame", Uint8Array.of(0x82, 1, 0), 1002],
    ["text", Uint8Array.of(0x81, 0x80, 0, 0, 0, 0), 1003],
    ["2 MiB", Uint8Array.of(0x82, 0xff, 0, 0, 0, 0, 0, 0x20, 0, 0, 1, 2, 3, 4), 1009],
  ];
  for (const [what, bytes, closeCode] of violations) {
    const { client, server } = setUp();
    await client.write(bytes);
    assertEquals(await readCode(server), "carrier_violation", what);
    assertEquals(await framesOf(client, 9), [`close ${closeCode}`], what);
    const error = await assertRejects(() => server.write(Uint8Array.of(1)), TransportError);
    assertEquals(error.code, "carrier_violation");
  }
});

Deno.test("WebSocketTransport tells the ways in which a client ends", async () => {
  const ends: [string, Uint8Array, string | null][] = [
    ["1000", frame(Opcode.close, closePayload(1000)), null],
    ["no code", frame(Opcode.close), null],
    ["1001", frame(Opcode.close, closePayload(1001)), "connection_lost"],
    ["1009", frame(Opcode.close, closePayload(1009)), "carrier_violation"],
    ["4000", frame(Opcode.close, closePayload(4000)), "connection_lost"],
    ["no Close", new Uint8Array(0), "connection_lost"],
    ["half a frame", frame(Opcode.binary, utf8.encode("xyz")).slice(0, 7), "connection_lost"],
  ];
  for (const [what, bytes, wanted] of ends) {
    const { client, server } = setUp();
    await client.write(bytes);
    await client.closeWrite();
    assertEquals(await readCode(server), wanted, what);
    assertEquals(await readCode(server), wanted, what);
  }
});
