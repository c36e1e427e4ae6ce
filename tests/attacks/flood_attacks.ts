/**
 * Attacks by quantity, from visitors and from those who have no token.
 *
 * @module
 */

import { type Attack, type AttackTarget, count, keepAt, type Tally } from "./attack.ts";
import { AttackerSocket } from "./attacker_socket.ts";
import { ServerTester } from "../conformance/server_suite/server_tester.ts";

const FLOOD_MS = 2_500;

function flood(
  name: string,
  workers: number,
  work: (target: AttackTarget, tally: Tally) => Promise<void>,
): Attack {
  return {
    name,
    ms: FLOOD_MS,
    run: (target, tally, signal) => keepAt(workers, signal, () => work(target, tally)),
  };
}

/** On one connection, sends `data` and waits for the end or `answers` answers. */
async function send(
  port: number,
  tally: Tally,
  data: string,
  waitsForEnd: boolean,
): Promise<void> {
  using socket = await AttackerSocket.open(port, tally);
  if (socket === undefined || !await socket.send(data)) return;
  if (!waitsForEnd) return;
  for (;;) {
    const text = await socket.receive();
    if (text === undefined) return;
    const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
    if (status !== undefined) count(tally, status);
  }
}

const get = ({ host }: AttackTarget, ...fields: string[]) =>
  ["GET / HTTP/1.1", `Host: ${host}`, ...fields, "", ""].join("\r\n");

/** All of them. */
export const FLOOD_ATTACKS: readonly Attack[] = [
  flood(
    "connections, opened and closed",
    100,
    (target, tally) => send(target.http, tally, "", false),
  ),
  flood(
    "requests that are taken back at once (rapid reset)",
    50,
    (target, tally) => send(target.http, tally, get(target), false),
  ),
  flood(
    "1,000 requests in one write, read by nobody",
    20,
    (target, tally) => send(target.http, tally, get(target).repeat(1000), false),
  ),
  flood(
    "heads of 1 MiB",
    20,
    (target, tally) => send(target.http, tally, get(target, `X-A: ${"a".repeat(1 << 20)}`), true),
  ),
  flood(
    "heads of 10,000 fields",
    20,
    (target, tally) =>
      send(target.http, tally, get(target, ...Array.from({ length: 10_000 }, () => "A: b")), true),
  ),
  flood(
    "chunks of one byte",
    10,
    (target, tally) =>
      send(
        target.http,
        tally,
        get(target, "Transfer-Encoding: chunked", "Connection: close") +
          "1\r\na\r\n".repeat(20_000) + "0\r\n\r\n",
        true,
      ),
  ),
  flood(
    "garbage",
    50,
    (target, tally) => send(target.http, tally, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", true),
  ),
  flood("tunnel requests that end there", 50, async (target, tally) => {
    using socket = await AttackerSocket.open(target.http, tally);
    await socket?.send(
      "GET /connect HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: tun\r\n\r\n",
    );
    // Without this it would be measured how many connections the machine can accept.
    if (await socket?.receive() !== undefined) count(tally, "upgraded");
  }),
  flood("HELLOs with bad tokens", 20, async (target, tally) => {
    await using tester = new ServerTester({
      hostname: "127.0.0.1",
      port: target.tunnel,
      token: `${target.token.slice(0, -6)}AAAAAA`,
      name: "x",
      patienceMs: 5_000,
    });
    try {
      const transport = await tester.connect();
      await transport.write(tester.helloRecord());
      await tester.mustRefuse(transport, "token_refused");
      count(tally, "refused by code");
    } catch {
      count(tally, "failed");
    }
  }),
];
