import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { bootServer, bootTunnel } from "../../tests/support/tunnel_boot.ts";

const WEBSOCKET = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

Deno.test("HttpIngress opens no tunnel on the host of one that is not there", async () => {
  await using server = await bootServer();
  for (const upgrade of [WEBSOCKET, "Connection: Upgrade\r\nUpgrade: tun\r\n\r\n"]) {
    using visitor = await server.visit();
    await visitor.send(`GET /connect HTTP/1.1\r\nHost: app.localhost\r\n${upgrade}`);
    assertStringIncludes(await visitor.takeHead(), "tun-error: unknown_tunnel");
    await visitor.closed();
  }
});

Deno.test("HttpIngress opens tunnels on its own hosts, and on those that are nobody's", async () => {
  await using server = await bootServer();
  for (const host of ["localhost", "127.0.0.1", "other.example"]) {
    using visitor = await server.visit();
    await visitor.send(`GET /connect HTTP/1.1\r\nHost: ${host}\r\n${WEBSOCKET}`);
    assert((await visitor.takeHead()).startsWith("HTTP/1.1 101 "));
    await visitor.closed();
  }
});

Deno.test("HttpIngress opens no tunnel for a web page", async () => {
  await using server = await bootServer();
  using visitor = await server.visit();
  await visitor.send(
    `GET /connect HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n${WEBSOCKET}`,
  );
  assertStringIncludes(await visitor.takeHead(), "tun-error: origin_refused");
  await visitor.closed();
});

Deno.test("HttpIngress leaves /connect on a tunnel's host to the tunnel", async () => {
  await using tunnel = await bootTunnel({ name: "app", app: () => new Response("the tenant's") });
  using visitor = await tunnel.server.visit();
  await visitor.send(`GET /connect HTTP/1.1\r\nHost: app.localhost\r\n${WEBSOCKET}`);
  assertStringIncludes(await visitor.take((text) => text.includes("tenant's")), "200 OK");
  await visitor.closed();
});

Deno.test("HttpIngress answers HEAD on its own page as it would GET, without the body", async () => {
  await using server = await bootServer();
  using visitor = await server.visit();
  const fields = "Host: localhost\r\nAccept: text/html\r\n\r\n";
  await visitor.send(`HEAD / HTTP/1.1\r\n${fields}`);
  const head = await visitor.takeHead();
  await visitor.send(`GET / HTTP/1.1\r\n${fields}`);
  assertEquals(await visitor.takeHead(), head);
  await visitor.closed();
});
