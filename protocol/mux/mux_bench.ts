/**
 * How fast frames are made and taken apart, without IO; `n: 1000` in a name is
 * frames an iteration.
 */

import { DEFAULT_LIMITS } from "../limits.ts";
import { FRAME_HEADER_BYTES, FrameType, writeFrameHeader } from "./frame.ts";
import { FrameDecoder, type FrameSink } from "./frame_decoder.ts";
import { Mux, type MuxUser } from "./mux.ts";
import type { MuxStream, StreamUser } from "./stream.ts";

const FRAMES = 1000;

/** Counts, so that nothing can be optimised away. */
class Counter implements FrameSink {
  bytes = 0;
  frames = 0;

  onFrame(): void {
    this.frames++;
  }

  onDataStart(): void {}

  onDataPiece(piece: Uint8Array): void {
    this.bytes += piece.length;
  }

  onDataEnd(): void {
    this.frames++;
  }
}

const counter = new Counter();

function frames(type: number, size: number): Uint8Array {
  const wire = new Uint8Array(FRAMES * (FRAME_HEADER_BYTES + size));
  for (let i = 0; i < FRAMES; i++) {
    writeFrameHeader(wire, i * (FRAME_HEADER_BYTES + size), size, type, 0, i & 0x3ff, 0);
  }
  return wire;
}

for (const size of [100, 16 * 1024]) {
  const wire = frames(FrameType.data, size);
  Deno.bench(`DATA of ${size} bytes, reads of 64 KiB, n: 1000`, { group: "decode" }, () => {
    const decoder = new FrameDecoder(counter, "server");
    for (let at = 0; at < wire.length; at += 65536) decoder.push(wire.subarray(at, at + 65536));
  });
}

const credits = frames(FrameType.credit, 4);

Deno.bench("CREDIT, n: 1000", { group: "decode" }, () => {
  new FrameDecoder(counter, "server").push(credits);
});

const headers = new Uint8Array(FRAMES * FRAME_HEADER_BYTES);

Deno.bench("headers, n: 1000", { group: "encode" }, () => {
  for (let i = 0; i < FRAMES; i++) {
    writeFrameHeader(headers, i * FRAME_HEADER_BYTES, 100, FrameType.data, 0, i & 0x3ff, 0);
  }
});

/** Two muxes whose payload is carried by hand. */
class Pair {
  readonly server: Mux;
  readonly client: Mux;
  /** The client's end of what the server opened last. */
  stream: MuxStream | undefined;
  readonly #room = new Uint8Array(128 * 1024);

  constructor() {
    this.server = this.#make("server");
    this.client = this.#make("client");
  }

  #make(role: "server" | "client"): Mux {
    const user: MuxUser = {
      onOpen: (stream) => {
        this.stream = stream;
      },
      onControl: () => {},
      onStreamClosed: () => {},
      onWork: () => {},
    };
    return new Mux({
      role,
      user,
      limits: DEFAULT_LIMITS,
      peer: { streams: DEFAULT_LIMITS.streams, window: DEFAULT_LIMITS.initialWindow },
      now: () => 0,
      roundTripMs: () => 1,
    });
  }

  /** Moves everything that waits, both ways. */
  carry(): void {
    while (this.#carryOne(this.server, this.client) || this.#carryOne(this.client, this.server));
  }

  #carryOne(from: Mux, to: Mux): boolean {
    const length = from.outbox.fill(this.#room);
    if (length > 0) to.receive(this.#room.subarray(0, length));
    return length > 0;
  }
}

/** Takes what comes and lets more come. */
function taker(stream: MuxStream): StreamUser {
  return {
    onResponse: () => {},
    onData: (piece) => {
      counter.bytes += piece.length;
      stream.consumed(piece.length);
    },
    onEnd: () => {},
    onReset: () => {},
    onDrained: () => {},
    onAbandoned: () => {},
  };
}

for (const [streams, size] of [[1, 100], [64, 100], [1, 16 * 1024]] as const) {
  const pair = new Pair();
  const opened: MuxStream[] = [];
  for (let i = 0; i < streams; i++) {
    opened.push(pair.server.open({ kind: "tcp", tunnel: 0, visitor: "192.0.2.7:51234" }));
    pair.carry();
    pair.stream!.user = taker(pair.stream!);
  }
  const message = new Uint8Array(size);
  Deno.bench(
    `${size} bytes on ${streams} streams from end to end, n: 1000`,
    { group: "mux" },
    () => {
      for (let i = 0; i < FRAMES; i++) {
        opened[i % streams]!.send(message);
        if (i % streams === streams - 1) pair.carry();
      }
      pair.carry();
    },
  );
}

const exchanges = new Pair();
const empty = new Uint8Array(0);
const head = new TextEncoder().encode("Host: app.tunnel.example\r\nAccept: */*\r\n");

Deno.bench("requests opened, answered and closed, n: 1000", { group: "mux" }, () => {
  for (let i = 0; i < FRAMES; i++) {
    const request = {
      kind: "http",
      tunnel: 0,
      visitor: "192.0.2.7:51234",
      scheme: "https",
      minorVersion: 1,
      method: "GET",
      target: "/hello",
      authority: "app.tunnel.example",
      headers: head,
    } as const;
    exchanges.server.open(request, empty, true);
    exchanges.carry();
    exchanges.stream!.respond(
      { status: 200, minorVersion: 1, reason: "OK", headers: head },
      head,
      true,
    );
    exchanges.carry();
  }
});
