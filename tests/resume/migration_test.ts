import { assert, assertEquals } from "@std/assert";
import type { TunnelStream } from "../../protocol/session/stream.ts";
import { SessionPair } from "../support/session_pair.ts";
import {
  inMemoryPair,
  tcpPair,
  tlsPair,
  type TransportPair,
  upgradePair,
  webSocketPair,
} from "../support/transport_pairs.ts";
import { checkContent, contentAt } from "./content.ts";

const BYTES = 4 * 1024 * 1024;

async function send(stream: TunnelStream): Promise<void> {
  for (let at = 0; at < BYTES; at += 50_000) {
    await stream.write(contentAt(at, Math.min(50_000, BYTES - at)));
  }
  await stream.end();
}

const CHAINS: Readonly<Record<string, readonly (() => Promise<TransportPair>)[]>> = {
  "TCP to WebSocket": [tcpPair, webSocketPair],
  "WebSocket to TCP": [webSocketPair, tcpPair],
  "TLS to wss": [tlsPair, () => webSocketPair({ tls: true })],
  "an upgrade to TCP, TLS and memory": [upgradePair, tcpPair, tlsPair, inMemoryPair],
};

for (const [what, chain] of Object.entries(CHAINS)) {
  Deno.test(`A session moves from ${what} while it is busy, and each byte arrives once`, async () => {
    await using stack = new AsyncDisposableStack();
    const transports: TransportPair[] = [];
    for (const make of chain) transports.push(stack.use(await make()));
    const opened = Promise.withResolvers<TunnelStream>();
    const [first, ...others] = transports;
    const pair = await SessionPair.connect({
      transports: { client: first!.a, server: first!.b },
      onStream: opened.resolve,
    });
    const ours = pair.server.open({ kind: "tcp", tunnel: 0, visitor: "test" });
    const theirs = await opened.promise;
    let moves = 0;
    const receive = async (stream: TunnelStream): Promise<number> => {
      let at = 0;
      for (let piece = await stream.read(); piece !== null; piece = await stream.read()) {
        checkContent(at, piece);
        at += piece.length;
        const next = others[moves];
        if (stream !== theirs || next === undefined || at < (moves + 1) * 1024 * 1024) continue;
        moves++;
        await pair.resume({ client: next.a, server: next.b });
      }
      return at;
    };
    const [sent, received] = await Promise.all([
      receive(ours),
      receive(theirs),
      send(ours),
      send(theirs),
    ]);
    assertEquals([sent, received, moves], [BYTES, BYTES, others.length]);
    assert(pair.client.session.transport === transports.at(-1)!.a);
    await Promise.all([pair.server.drained(), pair.client.session.drained()]);
    assertEquals([pair.clientPool.lent, pair.serverPool.lent], [0, 0]);
    await pair[Symbol.asyncDispose]();
  });
}
