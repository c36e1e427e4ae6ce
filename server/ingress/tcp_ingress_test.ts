import { assertEquals } from "@std/assert";
import type { TunnelStream } from "@tun/protocol";
import { SessionPair } from "../../tests/support/session_pair.ts";
import { SimulatedClock } from "../../tests/support/simulated_clock.ts";
import { LocalRoute } from "../control/local_route.ts";
import { ConnectionCaps } from "../admission/connection_caps.ts";
import { TcpIngress } from "./tcp_ingress.ts";

Deno.test("TcpIngress does not keep a visitor for ever who does not take the rest", async () => {
  const streams: TunnelStream[] = [];
  // The sockets are real, so only the ingress's own time is simulated.
  const clock = new SimulatedClock();
  await using pair = await SessionPair.connect({ onStream: (stream) => void streams.push(stream) });
  const route = new LocalRoute(pair.server, 0, { concurrency: 1, requestTimeoutMs: 1 }, {
    clock,
    since: 0,
  });
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = probe.addr as Deno.NetAddr;
  probe.close();
  const ingress = new TcpIngress({
    hostname: "127.0.0.1",
    lookup: () => ({ state: "online", route }),
    clock,
    caps: new ConnectionCaps({ most: 10, mostPerAddress: 10, isShared: () => true }),
    onCapped: resolve,
    onConnection: (_port, _visitor, code) => resolve(code),
    onFault: (error) => resolve(String(error)),
  });
  using _port = await ingress.bind(port);
  using _visitor = await Deno.connect({ hostname: "127.0.0.1", port });
  while (streams.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const [stream] = streams;
  const piece = new Uint8Array(256 * 1024);
  // Until the system's buffers are full, and nobody takes any more.
  for (let isTaken = true; isTaken;) {
    const stalled = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => stalled.resolve(false), 200);
    isTaken = await Promise.race([stream!.write(piece).then(() => true), stalled.promise]);
    clearTimeout(timer);
  }
  stream!.reset("app_broken");
  await pair.server.drained();
  assertEquals(ingress.connections, 1);
  await clock.advance(31_000);
  assertEquals(await ended, "app_broken");
  assertEquals(ingress.connections, 0);
});
