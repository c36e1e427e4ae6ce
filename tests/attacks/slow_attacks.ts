/**
 * Attacks by slowness: connections that are held with as little effort as possible.
 *
 * @module
 */

import { type Attack, type AttackTarget, count, keepAt, type Tally } from "./attack.ts";
import { AttackerSocket } from "./attacker_socket.ts";

/** The server gives a head 10 seconds. */
const PAST_HEAD_MS = 12_000;

/** The suite's server gives a stalled visitor one second. */
const PAST_IDLE_MS = 3_000;

/** Opens `connections`, begins on each, and sends a little every `everyMs` until it is cut. */
function trickle(
  name: string,
  ms: number,
  { connections, begin, drop, everyMs, port = "http" }: {
    readonly connections: number;
    readonly begin: (target: AttackTarget) => string | Uint8Array;
    readonly drop: string;
    readonly everyMs: number;
    readonly port?: "http" | "tunnel";
  },
): Attack {
  return {
    name,
    ms,
    run: (target: AttackTarget, tally: Tally, signal: AbortSignal) =>
      keepAt(connections, signal, async () => {
        using socket = await AttackerSocket.open(target[port], tally);
        if (socket === undefined || !await socket.send(begin(target))) return;
        const watching = socket.watch();
        while (!signal.aborted && !socket.isOver) {
          await pause(everyMs, signal);
          if (drop !== "" && await socket.send(drop)) count(tally, "drops");
        }
        socket[Symbol.dispose]();
        await watching;
      }),
  };
}

const head = ({ host }: AttackTarget, line: string, ...fields: string[]) =>
  [`${line} HTTP/1.1`, `Host: ${host}`, ...fields, "", ""].join("\r\n");

/** All of them. */
export const SLOW_ATTACKS: readonly Attack[] = [
  trickle("500 heads, a byte at a time", PAST_HEAD_MS, {
    connections: 500,
    begin: () => "G",
    drop: "E",
    everyMs: 500,
  }),
  trickle("500 heads, a field at a time", PAST_HEAD_MS, {
    connections: 500,
    begin: (target) => head(target, "GET /").slice(0, -2),
    drop: "X-A: b\r\n",
    everyMs: 500,
  }),
  trickle("90 bodies that stall", PAST_IDLE_MS, {
    connections: 90,
    begin: (target) => head(target, "POST /", "Content-Length: 1000000"),
    drop: "",
    everyMs: 500,
  }),
  // More than the tunnel's `-c` would hold all its places: see SECURITY.md.
  trickle("90 bodies, a byte at a time", PAST_IDLE_MS, {
    connections: 90,
    begin: (target) => head(target, "POST /", "Content-Length: 1000000"),
    drop: "x",
    everyMs: 500,
  }),
  trickle("1,000 connections that say nothing", PAST_IDLE_MS, {
    connections: 1000,
    begin: () => "",
    drop: "",
    everyMs: 500,
  }),
  trickle("500 tunnel handshakes that say nothing", PAST_HEAD_MS, {
    connections: 500,
    begin: () => "",
    drop: "",
    everyMs: 500,
    port: "tunnel",
  }),
  trickle("500 HELLOs, a byte at a time", PAST_HEAD_MS, {
    connections: 500,
    // A record of type HELLO that announces 16 KiB.
    begin: () => Uint8Array.of(0xf0, 0, 0x40, 0),
    drop: "t",
    everyMs: 500,
    port: "tunnel",
  }),
  {
    name: "90 downloads that nobody reads (zero window)",
    ms: PAST_IDLE_MS,
    run: (target, tally, signal) =>
      keepAt(90, signal, async () => {
        using socket = await AttackerSocket.open(target.http, tally);
        if (socket === undefined) return;
        await socket.send(head(target, "GET /endless"));
        await pause(1500, signal);
        count(tally, "stalled");
      }),
  },
];

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}
