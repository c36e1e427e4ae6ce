/**
 * Attacks by somebody with a good token, who wants the others to suffer.
 *
 * @module
 */

import { encodeRecord, RecordType } from "../../protocol/link/record.ts";
import { ServerTester } from "../conformance/server_suite/server_tester.ts";
import type { ServerLink } from "../conformance/server_suite/server_link.ts";
import { type Attack, type AttackTarget, count, keepAt, type Tally } from "./attack.ts";
import { AttackerSocket } from "./attacker_socket.ts";

const ATTACK_MS = 2_500;

/** Sessions of one tenant, one after the other: each goes on until the server has had enough. */
function sessions(
  name: string,
  workers: number,
  abuse: (
    session: ServerLink & { url: string },
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
          session.link.isStrict = false;
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

/** Requests to the attacker's own tunnel, so that the server opens streams to it. */
async function visitOwn(url: string, target: AttackTarget, tally: Tally): Promise<void> {
  using socket = await AttackerSocket.open(target.http, tally);
  const { host } = new URL(url);
  await socket?.send(`POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000000\r\n\r\n`);
  for (let i = 0; i < 16; i++) if (!await socket?.send("x".repeat(32 * 1024))) return;
}

const PINGS = Uint8Array.from(
  Array.from({ length: 500 }, () => [...encodeRecord(RecordType.ping, new Uint8Array(8))]).flat(),
);

/** All of them. */
export const TENANT_ATTACKS: readonly Attack[] = [
  sessions("pings", 4, async ({ link }, _target, tally, signal) => {
    while (!signal.aborted && link.closed === undefined && !link.isEnded) {
      await link.write(PINGS);
      count(tally, "bursts");
    }
    if (!signal.aborted) throw new Error("closed");
  }),
  sessions("claims and releases", 4, async ({ link, mux }, _target, tally, signal) => {
    for (let tunnel = 2; !signal.aborted && link.closed === undefined; tunnel++) {
      await mux.sendControl({ type: "claim", tunnel, kind: "http", mode: "claim" });
      await mux.sendControl({ type: "release", tunnel });
      count(tally, "claims");
    }
    if (!signal.aborted) throw new Error("closed");
  }),
  sessions("uploads that it never reads (no credit)", 8, async ({ url }, target, tally, signal) => {
    while (!signal.aborted) {
      await Promise.all(Array.from({ length: 8 }, () => visitOwn(url, target, tally)));
      count(tally, "rounds");
    }
  }),
];
