import { assertEquals, assertRejects } from "@std/assert";
import { memoryPair, TransportError } from "@tun/protocol";
import { SimulatedClock } from "../../tests/support/simulated_clock.ts";
import { Deadlines } from "./deadlines.ts";
import { tell } from "./exchange_sides.ts";
import { openTunnel } from "./tunnel_request.ts";
import { VisitorConnection } from "./visitor_connection.ts";

Deno.test("openTunnel() keeps no connection of a client that is gone before the answer", async () => {
  const clock = new SimulatedClock();
  using deadlines = new Deadlines(clock);
  const { a, b } = memoryPair({ clock });
  let accepted = 0;
  const connection = new VisitorConnection(b, {
    deadlines,
    idleTimeoutMs: 1000,
    maxBody: Infinity,
    isStopping: () => false,
    now: () => clock.now(),
    onBadRequest: () => "an-id",
    handle: (request, listener) =>
      tell(listener, openTunnel(request, "raw", () => void accepted++)),
  });
  await a.write(new TextEncoder().encode(
    "GET /connect HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: tun\r\n\r\n",
  ));
  a.close();
  await clock.runUntil(connection.serve());
  assertEquals(accepted, 0);
  const error = await assertRejects(() => b.read(), TransportError);
  assertEquals(error.code, "closed_locally");
});
