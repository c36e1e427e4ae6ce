/**
 * Streams that move many bytes, in simulated or real time, for tests of flow
 * control and scheduling.
 *
 * @module
 */

import { assert } from "@std/assert";
import type { HttpOpen, ResponseHead } from "../../protocol/mux/head.ts";
import type { TunnelStream } from "../../protocol/session/stream.ts";
import type { Transport } from "../../protocol/transport/transport.ts";
import { memoryPair, type MemoryPairOptions } from "../../protocol/transport/memory.ts";
import { SessionPair, type SessionPairOptions } from "./session_pair.ts";
import { SimulatedClock } from "./simulated_clock.ts";

/** 1 Gbit/s in bytes per second. */
export const GIGABIT = 125_000_000;

const NO_HEADERS = new Uint8Array(0);

/** A request for `target`. */
export function request(target: string): HttpOpen {
  return {
    kind: "http",
    tunnel: 0,
    visitor: "192.0.2.7:51234",
    scheme: "https",
    minorVersion: 1,
    method: "GET",
    target,
    authority: "app.example",
    headers: NO_HEADERS,
  };
}

/** An answer with nothing but its status. */
export const OK: ResponseHead = { status: 200, minorVersion: 1, reason: "OK", headers: NO_HEADERS };

/** What a bulk sender gives to one `write()`. */
const CHUNK_BYTES = 64 * 1024;

const zeros = new Uint8Array(CHUNK_BYTES);

/** Writes `bytes` zeros, in pieces, and ends. */
export async function sendZeros(stream: TunnelStream, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; left -= CHUNK_BYTES) {
    await stream.write(zeros.subarray(0, Math.min(left, CHUNK_BYTES)));
  }
  await stream.end();
}

/** Reads to the end and gives how many bytes there were; `onBytes` sees the sum grow. */
export async function readAll(
  stream: TunnelStream,
  onBytes?: (sum: number) => void,
): Promise<number> {
  let sum = 0;
  for (let piece = await stream.read(); piece !== null; piece = await stream.read()) {
    sum += piece.length;
    onBytes?.(sum);
  }
  return sum;
}

/** Answers every request with as many bytes as its target says: `/65536`. */
export function answerAsAsked(stream: TunnelStream): void {
  assert(stream.head.kind === "http");
  const bytes = Number(stream.head.target.slice(1));
  stream.respond(OK);
  // A request that the test has broken off ends the answer too.
  sendZeros(stream, bytes).catch(() => {});
}

/** A session over a simulated path. */
export interface SimulatedSession extends AsyncDisposable {
  readonly clock: SimulatedClock;
  readonly pair: SessionPair;
}

/** Connects a client and a server over a path that needs simulated time. */
export async function connectOver(
  path: Omit<MemoryPairOptions, "clock">,
  options: Omit<SessionPairOptions, "clock" | "transports"> = {},
  wrapClient: (transport: Transport, clock: SimulatedClock) => Transport = (transport) => transport,
): Promise<SimulatedSession> {
  const clock = new SimulatedClock();
  const { a, b } = memoryPair({ clock, inFlightBytes: 32 * 1024 * 1024, ...path });
  const connecting = SessionPair.connect({
    ...options,
    clock,
    transports: { client: wrapClient(a, clock), server: b },
  });
  const pair = await clock.runUntil(connecting);
  return {
    clock,
    pair,
    async [Symbol.asyncDispose]() {
      await clock.runUntil(pair[Symbol.asyncDispose]());
      // The losing side of a close lingers for a second.
      await clock.advance(2000);
    },
  };
}
