/**
 * WebSockets, each of which sends a message once the one before has come back.
 *
 * @module
 */

import { type Entrance, HttpVisitor } from "./http_visitor.ts";
import { type Percentiles, percentilesOf } from "./percentiles.ts";

/** How many at once, and for how long. */
export interface EchoJob {
  readonly entrance: Entrance;
  readonly sockets: number;
  readonly seconds: number;
}

/** Times in milliseconds. */
export interface EchoResult extends Percentiles {
  readonly messages: number;
  readonly seconds: number;
}

const PAYLOAD_BYTES = 64;

const BUFFER_BYTES = 4096;

/** A masked binary frame; a mask of zeros leaves the payload as it is. */
const MESSAGE = new Uint8Array([0x82, 0x80 | PAYLOAD_BYTES, 0, 0, 0, 0, ...payload()]);

/** The same frame as a server sends it. */
const ANSWER_BYTES = 2 + PAYLOAD_BYTES;

/** Runs it; the connections are made before the clock starts. */
export async function echo({ entrance, sockets, seconds }: EchoJob): Promise<EchoResult> {
  using connections = new DisposableStack();
  const open = await Promise.all(Array.from({ length: sockets }, () => upgrade(entrance)));
  for (const socket of open) connections.use(socket);
  const times: number[] = [];
  const started = performance.now();
  const deadline = started + seconds * 1000;
  await Promise.all(open.map(async (socket) => {
    for (let sent = started; sent < deadline;) {
      await socket.write(MESSAGE);
      await readAnswer(socket);
      const now = performance.now();
      times.push(now - sent);
      sent = now;
    }
  }));
  return {
    ...percentilesOf(times),
    messages: times.length,
    seconds: (performance.now() - started) / 1000,
  };
}

async function upgrade(entrance: Entrance): Promise<HttpVisitor> {
  const socket = await HttpVisitor.to(entrance, BUFFER_BYTES);
  await socket.send("GET", "/echo", [
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ]);
  await socket.head(101);
  return socket;
}

async function readAnswer(socket: HttpVisitor): Promise<void> {
  for (let left = ANSWER_BYTES; left > 0;) {
    const data = await socket.read();
    if (data === null) throw new Error("a socket was closed");
    left -= data.length;
    if (left < 0) throw new Error("more came back than was sent");
  }
}

function payload(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(PAYLOAD_BYTES).fill(0x78);
}
