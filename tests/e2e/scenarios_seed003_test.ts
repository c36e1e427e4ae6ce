/**
 * The acceptance scenarios of seed 003 ("a minimal HTTP-over-TCP tunnel") against `--single`: A1 to
 * A5, and what its text demands, M1 to M15. Its wire format (M16 to M18) and its language (M21) are
 * superseded by ours; M20 lists what it leaves out.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { parseCommandLine as parseClient } from "../../client/cli/command_line.ts";
import { SERVER_DEFAULTS } from "../../server/mod.ts";
import { type BootedClient, type BootedServer, bootServer } from "../support/tunnel_boot.ts";
import { latin1Text } from "../support/raw_connection.ts";
import { Program } from "./bad_input_program.ts";

/** The seed's client comes over plain TCP. */
function connectTo(server: BootedServer, port: number): Promise<BootedClient> {
  return server.connect({ target: port, carrier: "tcp" });
}

/** An app that says what it got. */
function echo(name = "app") {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const body = latin1Text(await request.bytes());
    const { pathname, search } = new URL(request.url);
    const header = request.headers.get("x-in") ?? "";
    return new Response(
      `${name}: ${request.method} ${pathname}${search} ${header} ${body.length}`,
      {
        status: 201,
        headers: { "x-out": "from the app" },
      },
    );
  });
}

/** An address where nothing listens. */
function deadPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function get(server: BootedServer, path = "/"): Promise<string> {
  return server.exchange(`GET ${path} HTTP/1.1\r\nHost: any\r\nConnection: close\r\n\r\n`);
}

Deno.test("A1 basic forwarding, M1 two programs, M6, M7: a request reaches the app and its answer returns", async () => {
  await using app = echo();
  await using server = new Program("tun-server", [
    ...["--single", "--no-auth", "--log", "json"],
    ...["http", "tunnel", "admin"].flatMap((name) => [`--${name}`, "127.0.0.1:0"]),
  ]);
  const line = await server.lines.first((line) => line.includes('"listening"'));
  const { http, tunnel } = JSON.parse(line);
  const endpoint = `tcp://${tunnel}`;
  await using client = new Program("tun", [String(app.addr.port), "-e", endpoint]);
  await client.lines.first((line) => line.startsWith("http://"));
  for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PURGE"]) {
    const body = method === "GET" ? null : "data";
    const response = await fetch(`http://${http}/any/path`, {
      method,
      body,
      headers: { "x-in": "h" },
    });
    assertEquals(response.status, 201);
    assertEquals(response.headers.get("x-out"), "from the app");
    const text = await response.text();
    assertEquals(text, `app: ${method} /any/path h ${body?.length ?? 0}`);
  }
  client.stop();
  server.stop();
  assertEquals([(await client.end).code, (await server.end).code], [0, 0]);
});

Deno.test("A2 arbitrary paths and queries, M6: they arrive exactly as they were sent", async () => {
  await using app = echo();
  await using server = await bootServer({ single: true });
  await using _client = await connectTo(server, app.addr.port);
  for (
    const path of ["/foo/bar?x=1&y=2", "/", "/a%20b//c?x=1&x=2&", "/connect", "/webhook?u=http://x"]
  ) {
    assertMatch(await get(server, path), new RegExp(`app: GET ${RegExp.escape(path)} `));
  }
});

Deno.test("A3 client down, M9, M15: every request is answered 503 at once", async () => {
  await using server = await bootServer({ single: true });
  for (const path of ["/", "/foo?x=1", "/connect"]) {
    const answer = await get(server, path);
    assertMatch(answer, /^HTTP\/1\.1 503 Service Unavailable\r\n/);
    assertMatch(answer, /\r\ntun-error: no_tunnel\r\n/);
  }
});

Deno.test("A4 client reconnect, M14: a client that starts again is forwarded to, the server goes on", async () => {
  await using app = echo();
  await using server = await bootServer({ single: true });
  for (let round = 0; round < 3; round++) {
    await using client = await connectTo(server, app.addr.port);
    assertMatch(await get(server), /^HTTP\/1\.1 201 /);
    await client.tunnel.close();
    assertMatch(await get(server), /^HTTP\/1\.1 503 /);
  }
});

Deno.test("A5 two clients, M12: the second becomes the active one, the first is disconnected", async () => {
  await using one = echo("one");
  await using two = echo("two");
  await using server = await bootServer({ single: true });
  await using first = await connectTo(server, one.addr.port);
  assertMatch(await get(server), /one: GET/);
  await using _second = await connectTo(server, two.addr.port);
  assertEquals((await first.tunnel.closed).code, "displaced");
  for (let i = 0; i < 5; i++) assertMatch(await get(server), /two: GET/);
  assertEquals(server.server.tunnels, 1);
});

Deno.test("M2, M3, M4, M5: the defaults are the seed's", () => {
  assertEquals(SERVER_DEFAULTS.http, { hostname: "0.0.0.0", port: 8080 });
  assertEquals(SERVER_DEFAULTS.tunnel, { hostname: "0.0.0.0", port: 7000 });
  const result = parseClient(["-e", "tcp://127.0.0.1"], {}, {});
  assert(result.ok && result.command.kind === "run");
  assertEquals(result.command.connection.endpoint.port, 7000);
  const { target } = result.command.tunnels[0]!;
  assert(target.kind === "address");
  assertEquals([target.host, target.port], ["127.0.0.1", 3000]);
});

Deno.test("M8: a body of any bytes goes and comes back", async () => {
  const bytes = new Uint8Array(100_000).map((_, index) => index * 7);
  const any = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  await using app = Deno.serve(any, async (request) => new Response(await request.bytes()));
  await using server = await bootServer({ single: true });
  await using _client = await connectTo(server, app.addr.port);
  const response = await fetch(`http://127.0.0.1:${server.port}/`, { method: "POST", body: bytes });
  assertEquals(await response.bytes(), bytes);
});

Deno.test("M10: a tunnel that goes away with a request in hand is logged and answered 502", async () => {
  using app = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using server = await bootServer({ single: true });
  await using client = await connectTo(server, app.addr.port);
  const answer = get(server);
  using _conn = await app.accept();
  await client.tunnel.close();
  assertMatch(await answer, /^HTTP\/1\.1 502 Bad Gateway\r\n/);
  const { fields } = await server.log.first(({ name }) => name === "request");
  assertEquals(fields.status, 502);
});

Deno.test("M11: a dead app is logged by the client and answered 502, and the next request works", async () => {
  const port = deadPort();
  await using server = await bootServer({ single: true });
  await using client = await connectTo(server, port);
  const answer = await get(server);
  assertMatch(answer, /^HTTP\/1\.1 502 Bad Gateway\r\n/);
  assertMatch(answer, /\r\ntun-error: app_unreachable\r\n/);
  assertMatch(answer, /Is the local app running\?/);
  await client.events.first((event) => "code" in event && event.code === "app_unreachable");
  const any = { hostname: "127.0.0.1", port, onListen: () => {} };
  await using _app = Deno.serve(any, () => new Response("up"));
  assertMatch(await get(server), /^HTTP\/1\.1 200 OK\r\n/);
});

Deno.test("M13, M14: a client outlives its server, and finds it again by itself", async () => {
  await using app = echo();
  await using server = await bootServer({ single: true });
  await using client = await connectTo(server, app.addr.port);
  const seen = client.events.all.length;
  await server.restart();
  await client.events.first(({ event }) => event === "ready", seen);
  assertMatch(await get(server), /^HTTP\/1\.1 201 /);
});

Deno.test("M13, M14: a client outlives a cut", async () => {
  await using app = echo();
  await using server = await bootServer({ single: true });
  await using client = await server.connect({
    target: app.addr.port,
    carrier: "tcp",
    withRelay: true,
  });
  for (let round = 0; round < 3; round++) {
    const seen = client.events.all.length;
    client.relay.cut();
    await client.events.first(({ event }) => event === "resumed", seen);
    assertMatch(await get(server), /^HTTP\/1\.1 201 /);
  }
});

Deno.test("M15: the server bears clients that come and go, and those that are none", async () => {
  await using server = await bootServer({ single: true });
  for (let round = 0; round < 20; round++) {
    const { hostname, port } = server.server.tunnelAddress;
    using conn = await Deno.connect({ hostname, port });
    await conn.write(new TextEncoder().encode("junk".repeat(round)));
  }
  await using app = echo();
  await using _client = await connectTo(server, app.addr.port);
  assertMatch(await get(server), /^HTTP\/1\.1 201 /);
});

Deno.test("M19: many requests one after the other leave nothing behind", async () => {
  await using app = echo();
  await using server = await bootServer({ single: true });
  await using _client = await connectTo(server, app.addr.port);
  using visitor = await server.visit();
  for (let n = 0; n < 500; n++) {
    await visitor.send(`GET /${n} HTTP/1.1\r\nHost: any\r\n\r\n`);
    const head = await visitor.takeHead();
    await visitor.takeBytes(Number(/content-length: (\d+)/i.exec(head)![1]));
  }
  const admin = server.server.adminAddress;
  const [tunnel] = await (await fetch(`http://127.0.0.1:${admin.port}/tunnels`)).json();
  assertEquals([tunnel.requests, tunnel.streams], [500, 0]);
});
