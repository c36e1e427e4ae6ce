/**
 * Attacks by somebody with a good token, who wants the others to suffer.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { encodeBase64Url } from "@std/encoding/base64url";
import { encodeRecord, RecordType } from "../../protocol/link/record.ts";
import { FrameType } from "../../protocol/mux/frame.ts";
import { encodeFrame } from "../../protocol/mux/outbound.ts";
import { ServerTester } from "../conformance/server_suite/server_tester.ts";
import type { ServerLink } from "../conformance/server_suite/server_link.ts";
import { type Attack, type AttackTarget, count, keepAt, type Tally } from "./attack.ts";
import { AttackerSocket } from "./attacker_socket.ts";

const ATTACK_MS = 2_500;

const utf8 = new TextEncoder();

/** It has the form of a token, and a signature that has to be computed to be found wrong. */
const BAD_TOKEN = [{ alg: "HS256", typ: "JWT" }, { sub: "mallory", pad: "x".repeat(6000) }]
  .map((part) => encodeBase64Url(JSON.stringify(part))).join(".") + `.${"A".repeat(43)}`;

/** What an attack has when its tunnel is up. */
export type OwnSession = ServerLink & { readonly url: string };

/** Sessions of one tenant, one after the other: each goes on until the server has had enough. */
export function sessions(
  name: string,
  workers: number,
  abuse: (
    session: OwnSession,
    target: AttackTarget,
    tally: Tally,
    signal: AbortSignal,
  ) => Promise<void>,
): Attack {
  return {
    name,
    ms: ATTACK_MS,
    run: (target, tally, signal) =>
      keepAt(workers, signal, async (worker) => {
        await using tester = new ServerTester({
          hostname: "127.0.0.1",
          port: target.tunnel,
          token: target.token,
          name: `evil-${worker}`,
          patienceMs: 5_000,
        });
        try {
          const session = await tester.claimed();
          count(tally, "sessions");
          const enough = AbortSignal.any([signal, AbortSignal.timeout(5_000)]);
          await abuse(session, target, tally, enough);
        } catch {
          // The server closes whoever is over a budget; the next one tries again.
          count(tally, "closed by the server");
        }
      }),
  };
}

/** An upload to the attacker's own tunnel, so that the server opens a stream to it. */
async function visitOwn(url: string, target: AttackTarget, tally: Tally): Promise<void> {
  using socket = await AttackerSocket.open(target.http, tally);
  const { host } = new URL(url);
  await socket?.send(`POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000000\r\n\r\n`);
  for (let i = 0; i < 16; i++) if (!await socket?.send("x".repeat(32 * 1024))) return;
}

/** Sends the same bytes until the server closes the session. */
function bursts(name: string, bytes: Uint8Array): Attack {
  return sessions(name, 4, async ({ link }, _target, tally, signal) => {
    // What comes is not looked at: this end does not keep to the rules either.
    link.isStrict = false;
    while (!signal.aborted && link.closed === undefined && !link.isEnded) {
      await link.write(bytes);
      count(tally, "bursts");
    }
    if (!signal.aborted) throw new Error("closed");
  });
}

/** One record of DATA with the same frame over and over. */
function repeated(frame: Uint8Array, times: number): Uint8Array {
  return encodeRecord(RecordType.data, concat(Array.from({ length: times }, () => frame)));
}

const PINGS = Uint8Array.from(
  Array.from({ length: 500 }, () => [...encodeRecord(RecordType.ping, new Uint8Array(8))]).flat(),
);

/** All of them. */
export const TENANT_ATTACKS: readonly Attack[] = [
  bursts("pings", PINGS),
  bursts(
    "AUTH with tokens that are to be checked",
    repeated(encodeFrame(FrameType.auth, utf8.encode(JSON.stringify({ token: BAD_TOKEN }))), 60),
  ),
  bursts(
    "frames of a type from the future",
    repeated(encodeFrame(0x80, new Uint8Array(4096)), 64),
  ),
  {
    name: "sessions that are left behind",
    ms: ATTACK_MS,
    run: (target, tally, signal) =>
      keepAt(16, signal, async () => {
        const { tunnel: port, token } = target;
        await using tester = new ServerTester({
          ...{ hostname: "127.0.0.1", port, token },
          ...{ name: "", patienceMs: 5_000 },
        });
        try {
          const { link } = await tester.session();
          link.drop();
          count(tally, "sessions");
        } catch {
          count(tally, "refused");
        }
      }),
  },
  sessions("claims and releases", 4, async ({ link, mux }, _target, tally, signal) => {
    link.isStrict = false;
    for (let tunnel = 2; !signal.aborted && link.closed === undefined; tunnel++) {
      await mux.sendControl({ type: "claim", tunnel, kind: "http", mode: "claim" });
      await mux.sendControl({ type: "release", tunnel });
      count(tally, "claims");
    }
    if (!signal.aborted) throw new Error("closed");
  }),
  sessions(
    "uploads that it never reads (no credit)",
    8,
    async ({ url, mux }, target, tally, signal) => {
      mux.grants = false;
      while (!signal.aborted) {
        await Promise.all(Array.from({ length: 8 }, () => visitOwn(url, target, tally)));
        count(tally, "rounds");
      }
    },
  ),
];
