import { assertEquals, assertStringIncludes } from "@std/assert";
import { responseHead, World } from "../../tests/support/ingress_world.ts";
import { LocalRoute } from "../control/local_route.ts";
import { SessionPair } from "../../tests/support/session_pair.ts";

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
