/**
 * What users of the seeds' other two systems can see (T1 to T15, H1 to H13), as far as no other
 * test shows it; `REQUIREMENTS.md` has the whole table.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { parseCommandLine as parseClient } from "../../client/cli/command_line.ts";
import { serve, TunnelError } from "../../client/mod.ts";
import { parseCommandLine as parseServer } from "../../server/cli/command_line.ts";
import { EventLog } from "../support/event_log.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { caCert, localhostCert, localhostKey } from "../support/transport_certificates.ts";
import { bootServer, bootTunnel } from "../support/tunnel_boot.ts";

const hello = () => new Response("hello");

Deno.test("T1 one connection by upgrade carries every visitor's stream, bodies are never parsed", async () => {
  const held = Promise.withResolvers<void>();
  const arrived = new EventLog<string>();
  await using boot = await bootTunnel({
    withRelay: true,
    app: async (request) => {
      arrived.add(request.url);
      await held.promise;
      return new Response("done");
    },
  });
  const answers = Array.from({ length: 20 }, (_, n) => boot.get(`/${n}`));
  await arrived.first(() => arrived.all.length === 20);
  const { accepted } = boot.relay;
  held.resolve();
  assertEquals(accepted, 1);
  for (const answer of answers) assertEquals((await answer).body, "done");
});

Deno.test("T2 a name that is taken is refused with its own code, and so is a port", async () => {
  await using server = await bootServer();
  await using _http = await server.connect({ target: 3000, name: "shop" });
  const name = await assertRejects(
    () => server.connect({ target: 3001, name: "shop" }),
    TunnelError,
  );
  assertEquals(name.code, "name_taken");
  await using tcp = await server.connect({ target: 3000, kind: "tcp" });
  const port = await assertRejects(
    () => server.connect({ target: 3001, kind: "tcp", port: Number(tcp.tunnel.name) }),
    TunnelError,
  );
  assertEquals(port.code, "port_taken");
});

Deno.test("T2 the health check answers 200", async () => {
  await using server = await bootServer();
  const { port } = server.server.adminAddress;
  for (const path of ["healthz", "readyz"]) {
    const response = await fetch(`http://127.0.0.1:${port}/${path}`);
    assertEquals([response.status, await response.text()], [200, "ok\n"]);
  }
});

Deno.test("T3 the client's command line has the seed's commands and flags", () => {
  const result = parseClient("http 3000 -s shop -c 7".split(" "), {}, {});
  assert(result.ok && result.command.kind === "run");
  const [tunnel] = result.command.tunnels;
  assertEquals([tunnel?.kind, tunnel?.subdomain, tunnel?.concurrency], ["http", "shop", 7]);
  const tcp = parseClient("tcp 22 -p 30000".split(" "), {}, {});
  assert(tcp.ok && tcp.command.kind === "run");
  assertEquals(tcp.command.tunnels[0]?.publicPort, 30_000);
  for (const flag of ["-h", "-V", "--help", "--version"]) assert(parseClient([flag], {}, {}).ok);
});

Deno.test("T3, H6 -c bounds the requests at once; the others wait for their turn", async () => {
  let atOnce = 0;
  let most = 0;
  await using boot = await bootTunnel({
    concurrency: 3,
    app: async () => {
      most = Math.max(most, ++atOnce);
      await new Promise((resolve) => setTimeout(resolve, 5));
      atOnce--;
      return new Response("done");
    },
  });
  const answers = await Promise.all(Array.from({ length: 30 }, () => boot.get()));
  assertEquals(answers.filter(({ status }) => status === 200).length, 30);
  assertEquals(most, 3);
});

Deno.test("T4, T6 both programs are configured by their environment", () => {
  const client = parseClient([], { TUN_ENDPOINT: "https://edge.example", TUN_NAME: "shop" }, {});
  assert(client.ok && client.command.kind === "run");
  assertEquals(client.command.connection.endpoint.host, "edge.example");
  assertEquals(client.command.tunnels[0]?.subdomain, "shop");
  const env = {
    TUN_HTTP: "127.0.0.1:5555",
    TUN_TUNNEL: "127.0.0.1:5554",
    TUN_ADMIN: "127.0.0.1:5553",
    TUN_DOMAIN: "local.example",
    TUN_TCP_PORTS: "30000-30010",
  };
  const server = parseServer([], env, {});
  assert(server.ok && server.command.kind === "serve");
  const { http, tunnel, admin, domain, tcpPorts } = server.command.config;
  assertEquals([http.port, tunnel.port, admin.port], [5555, 5554, 5553]);
  assertEquals([domain, tcpPorts], ["local.example", { first: 30_000, last: 30_010 }]);
});

Deno.test("T7, H10, H12 the host says which tunnel; none is 404, offline is 503", async () => {
  await using app = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, hello);
  await using server = await bootServer();
  await using client = await server.connect({ target: app.addr.port, name: "shop" });
  const ask = async (host: string) => {
    const answer = await server.exchange(
      `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    );
    return [Number(answer.slice(9, 12)), /\r\ntun-error: (\w+)/.exec(answer)?.[1]];
  };
  assertEquals(await ask("shop.localhost"), [200, undefined]);
  assertEquals(await ask("SHOP.localhost:8080"), [200, undefined]);
  assertEquals(await ask("other.localhost"), [404, "unknown_tunnel"]);
  assertEquals(await ask("a.shop.localhost"), [404, "unknown_host"]);
  assertEquals(await ask("elsewhere.example"), [404, "unknown_host"]);
  assertEquals(await ask("localhost"), [200, undefined]);
  await client.tunnel.close();
  assertEquals(await ask("shop.localhost"), [503, "tunnel_offline"]);
});

Deno.test("T8 a TCP tunnel has a public port of its own, and carries bytes both ways", async () => {
  using app = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using server = await bootServer();
  await using client = await server.connect({ target: app.addr.port, kind: "tcp" });
  const port = Number(client.tunnel.name);
  assert(port >= 20_000 && port <= 60_000, `${port}`);
  assertEquals(client.tunnel.url, `tcp://localhost:${port}`);
  using visitor = await RawConnection.to(port);
  using local = new RawConnection(await app.accept());
  await local.send("SSH-2.0-hello\r\n");
  assertEquals(await visitor.takeBytes(15), "SSH-2.0-hello\r\n");
  await visitor.send("\0\xff any bytes");
  await visitor.closeWrite();
  assertEquals(await local.takeToEnd(), "\0\xff any bytes");
  await local.send("after the end");
  local.close();
  assertEquals(await visitor.takeToEnd(), "after the end");
});

Deno.test("T8 a chosen port is given, and is its owner's again after a reconnect", async () => {
  await using server = await bootServer();
  await using first = await server.connect({ target: 3000, kind: "tcp" });
  const port = Number(first.tunnel.name);
  const seen = first.events.all.length;
  await server.restart();
  await first.events.first(({ event }) => event === "ready", seen);
  const ready = first.events.all.findLast(({ event }) => event === "ready");
  assert(ready?.event === "ready");
  assertEquals(Number(ready.name), port);
});

Deno.test("T10 the tunnels are listed, with what went through them, and are gone when closed", async () => {
  await using app = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, hello);
  await using server = await bootServer();
  const list = async (path = "") => {
    const { port } = server.server.adminAddress;
    const response = await fetch(`http://127.0.0.1:${port}/tunnels${path}`);
    return { status: response.status, json: await response.json() };
  };
  assertEquals(await list(), { status: 200, json: [] });
  {
    await using client = await server.connect({ target: app.addr.port, name: "shop" });
    await client.get();
    const { json: [tunnel] } = await list();
    assertEquals([tunnel.name, tunnel.kind, tunnel.requests], ["shop", "http", 1]);
    assertEquals((await list("/shop")).json.name, "shop");
    assertEquals((await list("/other")).status, 404);
  }
  await server.log.first(({ name }) => name === "session_closed");
  assertEquals((await list()).json, []);
});

Deno.test("T12 a library serves a function without a local port", async () => {
  await using server = await bootServer();
  const options = { endpoint: server.endpoint(), name: "fn", configDirectory: null };
  await using _tunnel = await serve(
    options,
    async (request) => new Response(`${request.method} ${await request.text()}`),
  );
  const answer = await server.exchange(
    "POST / HTTP/1.1\r\nHost: fn.localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
  );
  assertMatch(answer, /^HTTP\/1\.1 200 [\s\S]*POST hi/);
});

for (const carrier of ["https", "wss", "tls"] as const) {
  Deno.test(`H2 client and visitor come over TLS: ${carrier}`, async () => {
    await using app = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, hello);
    const tls = { cert: localhostCert, key: localhostKey, certFile: "", keyFile: "" };
    await using server = await bootServer({ tls, single: true });
    const port = carrier === "tls" ? server.server.tunnelAddress.port : server.port;
    await using _client = await server.connect({
      target: app.addr.port,
      endpoint: `${carrier}://localhost:${port}`,
      ca: caCert,
    });
    using visitor = new RawConnection(
      await Deno.connectTls({ hostname: "localhost", port: server.port, caCerts: [caCert] }),
    );
    await visitor.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assertMatch(await visitor.takeToEnd(), /^HTTP\/1\.1 200 OK\r\n[\s\S]*hello$/);
  });
}

Deno.test("H5 tunnels live under the operator's domain", async () => {
  await using app = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, hello);
  await using server = await bootServer({
    domain: "tunnels.example",
    publicUrl: "https://tunnels.example",
  });
  await using client = await server.connect({ target: app.addr.port, name: "shop" });
  assertEquals(client.tunnel.url, "https://shop.tunnels.example");
  assertEquals((await client.get()).body, "hello");
});

Deno.test("H9 nothing of a request or a response is stored or logged but its line", async () => {
  await using boot = await bootTunnel({
    app: async (request) => new Response(`${await request.text()} answer-marker`),
  });
  const lines = ["Cookie: header-marker"];
  await boot.request("POST /path", { lines, body: "body-marker" });
  const texts = [JSON.stringify(boot.server.log.all)];
  const { state } = boot.server.config;
  for await (const { name, isFile } of Deno.readDir(state)) {
    if (isFile) texts.push(await Deno.readTextFile(`${state}/${name}`));
  }
  assertEquals(texts.filter((text) => text.includes("marker")), []);
});

Deno.test("H11 without a name it has twelve characters, and is the same after every reconnect", async () => {
  await using boot = await bootTunnel({ app: hello });
  assertMatch(boot.tunnel.name, /^[0-9a-z]{12}$/);
  const seen = boot.events.all.length;
  await boot.server.restart();
  const again = await boot.events.first(({ event }) => event === "ready", seen);
  assert(again.event === "ready");
  assertEquals([again.url, again.reconnected], [boot.tunnel.url, true]);
});

Deno.test("H12 a body over the operator's limit is 413, one up to it is not", async () => {
  await using boot = await bootTunnel({
    app: async (request) => new Response(String((await request.bytes()).length)),
    server: { maxBody: 1000 },
  });
  assertEquals((await boot.request("POST /", { body: "x".repeat(1000) })).body, "1000");
  const refused = await boot.request("POST /", { body: "x".repeat(1001) });
  assertEquals([refused.status, refused.header("tun-error")], [413, "body_too_large"]);
});

Deno.test("H12 an app that does not answer in time is 504, and the next request works", async () => {
  using app = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using boot = await bootTunnel({ target: app.addr.port, requestTimeoutMs: 200 });
  const late = boot.get("/late");
  using _silent = await app.accept();
  const answer = await late;
  assertEquals([answer.status, answer.header("tun-error")], [504, "app_timeout"]);
  const next = boot.get("/next");
  using conn = new RawConnection(await app.accept());
  await conn.takeHead();
  await conn.send("HTTP/1.1 204 No Content\r\n\r\n");
  assertEquals((await next).status, 204);
});

for (
  const [what, answer, code] of [
    ["hangs up without a word", "", "app_broken"],
    ["speaks something else", "SSH-2.0-x\r\n\r\n", "bad_response"],
    [
      "breaks the rules",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      "bad_response",
    ],
    ["hangs up in its head", "HTTP/1.1 200 OK\r\nContent-", "app_broken"],
  ] as const
) {
  Deno.test(`H12 an app that ${what} is 502`, async () => {
    using app = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    await using boot = await bootTunnel({ target: app.addr.port });
    const asked = boot.request("POST /");
    using conn = new RawConnection(await app.accept());
    await conn.takeHead();
    await conn.send(answer);
    conn.close();
    const { status, header } = await asked;
    assertEquals([status, header("tun-error")], [502, code]);
  });
}

Deno.test("H13 every request is logged, with its tunnel, status and time, but without its bodies", async () => {
  await using boot = await bootTunnel({ app: hello, name: "shop" });
  await boot.get("/logged?x");
  const { fields } = await boot.server.log.first(({ name }) => name === "request");
  assertEquals([fields.tunnel, fields.method, fields.status], ["shop", "GET", 200]);
  assert(Number(fields.ms) >= 0);
});
