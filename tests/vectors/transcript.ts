/**
 * A session from beginning to end with fixed secrets, recorded from the real
 * {@linkcode SessionHost} and {@linkcode ClientSession}: what PROTOCOL.md prints.
 *
 * @module
 */

import type { Claim } from "../../protocol/mux/control.ts";
import { BlockPool } from "../../protocol/link/block_pool.ts";
import { ClientSession } from "../../protocol/session/client.ts";
import { SessionHost } from "../../protocol/session/host.ts";
import type { Session } from "../../protocol/session/session.ts";
import type { TunnelStream } from "../../protocol/session/stream.ts";
import { type Direction, type MemoryPair, memoryPair } from "../../protocol/transport/memory.ts";
import type { Transport } from "../../protocol/transport/transport.ts";
import { SimulatedClock } from "../support/simulated_clock.ts";
import { EXAMPLE_SECRET, fromLatin1, latin1 } from "./meaning.ts";

/** What one end read in one go. */
export interface Arrival {
  /** Which of the transports, from 1. */
  readonly transport: number;
  /** Who sent it. */
  readonly from: "client" | "server";
  /** When, in milliseconds since the beginning. */
  readonly atMs: number;
  /** What. */
  readonly bytes: Uint8Array;
}

const CLAIM: Claim = {
  type: "claim",
  tunnel: 1,
  kind: "http",
  mode: "claim",
  nonce: "c1",
  name: "demo",
};

/** Where the first transport breaks: in the middle of a word of the body. */
const CUT_AFTER = "Hello, wor";

const LATENCY_MS = 20;

/** Runs the session and gives everything that arrived, in order. */
export async function recordTranscript(): Promise<Arrival[]> {
  const clock = new SimulatedClock();
  const arrivals: Arrival[] = [];
  const wire = (transport: number) => {
    const pair = memoryPair({ clock, latencyMs: LATENCY_MS });
    const spy = (end: Transport, from: Arrival["from"]) =>
      new Recorder(
        end,
        (bytes) => arrivals.push({ transport, from, atMs: clock.now(), bytes: bytes.slice() }),
      );
    return { pair, client: spy(pair.a, "server"), server: spy(pair.b, "client") };
  };

  let server!: Session;
  const answered = Promise.withResolvers<string>();
  const host = new SessionHost<string>({
    agent: "tun-server/1.0",
    clock,
    pool: new BlockPool(),
    random: fixedBytes,
    user: {
      authenticate: () => Promise.resolve("someone"),
      reauthenticate: () => Promise.resolve(),
      onSession: (session) => {
        server = session;
        return {
          onStream: () => {},
          onPaused: () => {},
          onResumed: () => {},
          onControl: (control) => {
            if (control.type !== "claim") return;
            session.sendControl({
              type: "claimed",
              tunnel: control.tunnel,
              name: "demo",
              url: "https://demo.example.com",
              generation: 1,
            });
          },
        };
      },
    },
  });
  const first = wire(1);
  const paused = Promise.withResolvers<void>();
  const claimed = Promise.withResolvers<void>();
  const revoked = Promise.withResolvers<void>();
  const accepted = host.accept(first.server);
  const client = await clock.runUntil(ClientSession.start(first.client, {
    agent: "tun/1.0",
    token: "example",
    nonce: "00112233445566778899aabbccddeeff",
    clock,
    pool: new BlockPool(),
    user: {
      onStream: (stream) => void answer(stream, () => cutInBody(first.pair)),
      onPaused: () => paused.resolve(),
      onResumed: () => {},
      onControl: ({ type }) => {
        if (type === "claimed") claimed.resolve();
        if (type === "revoked") revoked.resolve();
      },
    },
  }));
  await accepted;
  client.session.sendControl(CLAIM);
  await clock.runUntil(claimed.promise);
  await clock.advance(1000);

  const stream = server.open(
    {
      kind: "http",
      tunnel: 1,
      visitor: "192.0.2.7:51234",
      scheme: "https",
      minorVersion: 1,
      method: "POST",
      target: "/greet?who=world",
      authority: "demo.example.com",
      headers: fromLatin1("Host: demo.example.com\r\nContent-Length: 5\r\n"),
    },
    fromLatin1("world"),
    true,
  );
  readAll(stream).then(answered.resolve, answered.reject);
  await clock.runUntil(paused.promise);

  const second = wire(2);
  const resumed = host.accept(second.server);
  await clock.runUntil(client.resume(second.client));
  await resumed;
  const body = await clock.runUntil(answered.promise);
  if (body !== "Hello, world!\n") throw new Error(`The body arrived as ${JSON.stringify(body)}`);
  await clock.advance(1000);

  server.sendControl({
    type: "revoked",
    tunnel: 1,
    reason: "displaced",
    message: "demo was claimed by another client of yours",
    drainMs: 10_000,
  });
  await clock.runUntil(revoked.promise);
  client.session.close("normal", "no tunnels left");
  await clock.runUntil(Promise.all([client.session.closed, server.closed]));
  await clock.advance(2000);
  return arrivals;
}

async function answer(stream: TunnelStream, before: () => void): Promise<void> {
  while (await stream.read() !== null);
  before();
  const headers = fromLatin1("Content-Type: text/plain\r\nContent-Length: 14\r\n");
  await stream.respond({ status: 200, minorVersion: 1, reason: "OK", headers });
  await stream.write(fromLatin1("Hello, world!\n"));
  await stream.end();
}

async function readAll(stream: TunnelStream): Promise<string> {
  let text = "";
  await stream.nextResponse();
  for (let piece = await stream.read(); piece !== null; piece = await stream.read()) {
    text += latin1(piece);
  }
  return text;
}

/** Breaks the transport behind {@linkcode CUT_AFTER} of the answer that is written next. */
function cutInBody(pair: MemoryPair): void {
  const direction: Direction = "aToB";
  // What is written next: ACK, a record with RESPONSE, and the headers of a record and of DATA.
  const head = "\x00\xc8\x01\x00\x00\x00\x02OKContent-Type: text/plain\r\nContent-Length: 14\r\n";
  const before = 12 + 4 + (8 + 3 + head.length) + 4 + 8;
  pair.cutAfter(direction, pair.written(direction) + before + CUT_AFTER.length);
}

/** Not random at all: the link's name counts from a0, the secret from 40, the instance from 01. */
function fixedBytes(length: number): Uint8Array<ArrayBuffer> {
  if (length === EXAMPLE_SECRET.length) return EXAMPLE_SECRET.slice();
  const first = length === 16 ? 0xa0 : 0x01;
  return Uint8Array.from({ length }, (_, i) => first + i);
}

/** Tells what is read from a transport. */
class Recorder implements Transport {
  readonly kind = "memory";
  readonly secure: boolean;
  readonly peer: string;

  constructor(readonly inner: Transport, readonly onRead: (bytes: Uint8Array) => void) {
    this.secure = inner.secure;
    this.peer = inner.peer;
  }

  async read(): Promise<Uint8Array | null> {
    const bytes = await this.inner.read();
    if (bytes !== null) this.onRead(bytes);
    return bytes;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.inner.write(bytes);
  }

  closeWrite(): Promise<void> {
    return this.inner.closeWrite();
  }

  close(): void {
    this.inner.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
