/**
 * Attacks by what a tenant answers to visitors of her own, of whom she has as many as she likes.
 *
 * @module
 */

import type { ScriptedStream } from "../conformance/wire/scripted_stream.ts";
import { type Attack, type AttackTarget, count, keepAt, type Tally } from "./attack.ts";
import { AttackerSocket } from "./attacker_socket.ts";
import { type OwnSession, sessions } from "./tenant_attacks.ts";

/** Visitors of each tunnel at a time. */
const VISITORS = 16;

const ascii = new TextEncoder();

/** RESET `app_broken`. */
const APP_BROKEN = 4;

type Answer = (stream: ScriptedStream, tally: Tally, signal: AbortSignal) => Promise<void>;

/** Visitors ask and ask, and every request is answered in this way. */
function answers(name: string, answer: Answer, reads = true): Attack {
  return sessions(name, 4, async (session, target, tally, signal) => {
    const asking = keepAt(
      VISITORS,
      signal,
      () => askOwn(session.url, target, tally, signal, reads),
    );
    await Promise.race([answerAll(session, tally, signal, answer), asking]);
    if (!signal.aborted) throw new Error("closed");
  });
}

async function answerAll(
  { mux, link }: OwnSession,
  tally: Tally,
  signal: AbortSignal,
  answer: Answer,
): Promise<void> {
  for (let nth = 0; !signal.aborted && !link.isEnded && link.closed === undefined; nth++) {
    const stream = await mux.opened(nth);
    // One that goes wrong is over.
    answer(stream, tally, signal).catch(() => count(tally, "broken off"));
  }
}

/** One visitor, who asks until the connection is cut. */
async function askOwn(
  url: string,
  target: AttackTarget,
  tally: Tally,
  signal: AbortSignal,
  reads: boolean,
): Promise<void> {
  using socket = await AttackerSocket.open(target.http, tally);
  const { host } = new URL(url);
  while (!signal.aborted && await socket?.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)) {
    if (!reads) return await pause(500);
    if (await socket?.receive() === undefined) return;
  }
}

const head = (headers: string, status = 200) => ({
  status,
  minorVersion: 1,
  reason: "",
  headers: ascii.encode(headers),
});

const BIG_HEAD = head(`X-A: ${"a".repeat(400)}\r\n`.repeat(250));
const HINTS = head(`Link: </${"a".repeat(1000)}>; rel=preload\r\n`, 103);
const PIECE = new Uint8Array(16 * 1024);

/** All of them. */
export const ANSWER_ATTACKS: readonly Attack[] = [
  answers("RESET in answer to every request", async (stream, tally) => {
    await stream.reset(APP_BROKEN);
    count(tally, "resets");
  }),
  answers("informational answers without end", async (stream, tally, signal) => {
    while (!signal.aborted && stream.ended !== "reset") {
      await stream.respond(HINTS);
      count(tally, "hints");
    }
  }),
  answers("heads of 100 KiB in 250 fields", async (stream, tally) => {
    await stream.respond(BIG_HEAD, undefined, true);
    count(tally, "heads");
  }),
  answers("bodies, a byte in a frame", async (stream, tally) => {
    await stream.respond(head(""));
    await stream.send(new Uint8Array(2000), { fin: true, frameBytes: 1 });
    count(tally, "bodies");
  }),
  answers("bodies, a byte now and then", async (stream, tally, signal) => {
    await stream.respond(head(""));
    while (!signal.aborted && stream.ended !== "reset") {
      await stream.send(Uint8Array.of(1));
      count(tally, "drops");
      await pause(50);
    }
  }),
  answers("no answers at all", (_stream, tally) => {
    count(tally, "requests");
    return Promise.resolve();
  }),
  answers("bodies that her visitors do not read", async (stream, tally, signal) => {
    await stream.respond(head(""));
    while (!signal.aborted && stream.ended !== "reset") {
      await stream.send(PIECE);
      count(tally, "pieces");
    }
  }, false),
];

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
