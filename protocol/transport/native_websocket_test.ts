import { assert, assertEquals, assertRejects } from "@std/assert";
import { SimulatedClock } from "../../tests/support/simulated_clock.ts";
import { NativeWebSocketTransport } from "./native_websocket.ts";
import { TransportError } from "./transport.ts";

const MIB = 1024 * 1024;

/** A socket that does what a test tells it. */
class FakeWebSocket extends EventTarget {
  readonly url = "wss://tun.example/connect";
  readyState: number = WebSocket.OPEN;
  binaryType = "blob";
  bufferedAmount = 0;
  readonly sent: number[] = [];
  readonly closedWith: (number | undefined)[] = [];

  send(bytes: Uint8Array): void {
    this.sent.push(bytes.length);
    this.bufferedAmount += bytes.length;
  }

  close(code?: number): void {
    if (code !== undefined && code !== 1000 && code < 3000) throw new DOMException("No");
    this.closedWith.push(code);
    this.readyState = WebSocket.CLOSING;
  }

  receive(data: unknown): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }

  end(code: number, wasClean = true): void {
    this.readyState = WebSocket.CLOSED;
    this.dispatchEvent(new CloseEvent("close", { code, wasClean }));
  }
}

function setUp() {
  const clock = new SimulatedClock();
  const socket = new FakeWebSocket();
  const transport = new NativeWebSocketTransport(socket as unknown as WebSocket, { clock });
  return { clock, socket, transport };
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, TransportError)).code;
}

Deno.test("NativeWebSocketTransport knows its peer and safety by the URL", () => {
  const { transport, socket } = setUp();
  assertEquals([transport.peer, transport.secure], ["tun.example", true]);
  assertEquals(socket.binaryType, "arraybuffer");
});

Deno.test("NativeWebSocketTransport write waits until the platform has sent enough", async () => {
  const { clock, socket, transport } = setUp();
  await transport.write(new Uint8Array(MIB));
  let done = false;
  const written = transport.write(new Uint8Array(1)).then(() => done = true);
  await clock.advance(1000);
  assert(!done);
  socket.bufferedAmount = MIB;
  await clock.runUntil(written);
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("NativeWebSocketTransport cuts a write into messages of 1 MiB, each in its turn", async () => {
  const { clock, socket, transport } = setUp();
  const written = transport.write(new Uint8Array(3 * MIB + 7));
  assertEquals(socket.sent, [MIB, MIB]);
  while (socket.sent.length < 4) {
    socket.bufferedAmount = 0;
    await clock.advance(20);
  }
  socket.bufferedAmount = 0;
  await clock.runUntil(written);
  assertEquals(socket.sent, [MIB, MIB, MIB, 7]);
});

Deno.test("NativeWebSocketTransport counts what is queued and gives it in order", async () => {
  const { socket, transport } = setUp();
  for (let i = 0; i < 3000; i++) socket.receive(new Uint8Array([i]).buffer);
  socket.receive(new ArrayBuffer(0));
  socket.end(1000);
  assertEquals(transport.queuedBytes, 3000);
  for (let i = 0; i < 3000; i++) assertEquals((await transport.read())?.[0], i & 0xff);
  assertEquals(transport.queuedBytes, 0);
  assertEquals(await transport.read(), null);
  assertEquals(await codeOf(transport.write(new Uint8Array(1))), "connection_lost");
});

Deno.test("NativeWebSocketTransport tells the ways in which the peer ends", async () => {
  const ends: [number, boolean, string | null][] = [
    [1000, true, null],
    [1005, true, null],
    [1001, true, "connection_lost"],
    [1002, true, "carrier_violation"],
    [1009, true, "carrier_violation"],
    [1006, false, "connection_lost"],
  ];
  for (const [code, wasClean, wanted] of ends) {
    const { socket, transport, clock } = setUp();
    const stalled = transport.write(new Uint8Array(2 * MIB));
    const failing = codeOf(stalled);
    const reading = transport.read();
    socket.end(code, wasClean);
    if (wanted === null) assertEquals(await reading, null);
    else assertEquals(await codeOf(reading), wanted);
    assertEquals(await failing, wanted ?? "connection_lost");
    assertEquals(clock.pendingTimers, 0);
    await transport.closed;
  }
});

Deno.test("NativeWebSocketTransport refuses text and messages above 1 MiB", async () => {
  for (const data of ["text", new ArrayBuffer(MIB + 1)]) {
    const { socket, transport } = setUp();
    socket.receive(new Uint8Array([1]).buffer);
    socket.receive(data);
    socket.receive(new Uint8Array([2]).buffer);
    assertEquals(await transport.read(), Uint8Array.of(1));
    assertEquals(await codeOf(transport.read()), "carrier_violation");
    assertEquals(socket.readyState, WebSocket.CLOSING);
  }
});

Deno.test("NativeWebSocketTransport close rejects what waits and leaves no timer", async () => {
  const { socket, transport, clock } = setUp();
  const reading = codeOf(transport.read());
  const writing = codeOf(transport.write(new Uint8Array(2 * MIB)));
  transport.close();
  transport.close();
  assertEquals([await reading, await writing], ["closed_locally", "closed_locally"]);
  assertEquals(clock.pendingTimers, 0);
  assert(socket.closedWith.length > 0);
});
