import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { SendListener } from "@tun/protocol";
import { RequestHeadParser } from "@tun/protocol/http1";
import { responseHead, World } from "../../tests/support/ingress_world.ts";
import { LocalRoute } from "../control/local_route.ts";
import { SessionPair } from "../../tests/support/session_pair.ts";
import { SimulatedClock } from "../../tests/support/simulated_clock.ts";
import { Exchange } from "./exchange.ts";
import type { ExchangeWatch, RequestBody, ResponseSink } from "./exchange_sides.ts";

Deno.test("exchange() goes on with a newer client of the tunnel while the old one is away", async () => {
  const heirs: LocalRoute[] = [];
  await using world = await World.with((stream) => stream.reset("internal"), {
    current: () => heirs[0],
  });
  world.pair.server.detach();
  await world.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
  await world.clock.advance(1000);
  assertEquals(world.ends.length, 0);
  const newer = await world.clock.runUntil(SessionPair.connect({
    clock: world.clock,
    onStream: (stream) => {
      stream.respond(responseHead(200, "Content-Length: 2"), new TextEncoder().encode("ok"), true);
    },
  }));
  const tunnel = { concurrency: 1, requestTimeoutMs: 1000 };
  heirs.push(new LocalRoute(newer.server, 0, tunnel, { clock: world.clock, since: 0 }));
  world.route.wakeWaiting();
  assertStringIncludes(await world.receive((text) => text.endsWith("ok")), "200 OK");
  assertEquals(world.clock.now() < 2000, true);
  newer.client.session.close();
  newer.server.close();
});

Deno.test("An exchange says nothing of its request once it is over, in whatever turn that ends", async () => {
  for (let turns = 0; turns < 8; turns++) {
    const clock = new SimulatedClock();
    const pair = await clock.runUntil(SessionPair.connect({
      clock,
      onStream: (stream) =>
        void stream.respond(responseHead(200, "Content-Length: 0"), undefined, true),
    }));
    const route = new LocalRoute(pair.server, 0, { concurrency: 1, requestTimeoutMs: 1000 }, {
      clock,
      since: 0,
    });
    assert(route.places.tryTake());
    const said: string[] = [];
    const rest = Promise.withResolvers<Uint8Array | null>();
    const head = new RequestHeadParser().push(
      new TextEncoder().encode("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1\r\n\r\n"),
    )!;
    const body = {
      received: 0,
      first: () => ({ piece: undefined, isWhole: false }),
      read: () => rest.promise,
      trailers: null,
    } satisfies RequestBody;
    let sent: SendListener | undefined;
    const sink = {
      send: (_head, _fields, _body, listener) => void (sent = listener),
    } as Partial<ResponseSink> as ResponseSink;
    const watch = {
      fault: undefined,
      onOpen: () => {},
      onHead: () => {},
      onSent: () => void said.push("sent"),
    } as Partial<ExchangeWatch> as ExchangeWatch;
    const from = { visitor: "192.0.2.7:1", ip: "192.0.2.7", scheme: "http" } as const;
    const request = { head, body, fields: new Uint8Array(0), ...from };
    new Exchange(request, route, sink, watch, {
      onEnd: () => void said.push("end"),
      onFault: () => void said.push("fault"),
    }).start();
    await clock.advance(0);
    // The response is taken while the end of the request is on its way.
    rest.resolve(null);
    for (let i = 0; i < turns; i++) await null;
    sent!.onSent();
    await clock.advance(0);
    assertEquals(said.at(-1), "end", `${turns} turns: ${said}`);
    pair.client.session.close();
    pair.server.close();
    await clock.advance(2000);
  }
});
