import { assert, assertEquals, assertMatch } from "@std/assert";
import { CLIENT_VERSION } from "../../client/mod.ts";
import { mintToken } from "../../server/auth/mint.ts";
import { bootServer, bootTunnel } from "../support/tunnel_boot.ts";

const SECRET = "a-secret-of-32-bytes-or-so-for-a-test";
const ADMIN = { adminToken: "an-operator-of-this-test" };
const AUTHORIZED = { headers: { authorization: `Bearer ${ADMIN.adminToken}` } };

Deno.test("Admin: an operator sees a tunnel and takes it away, and its client is told", async () => {
  await using app = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("x".repeat(1000)),
  );
  await using server = await bootServer(ADMIN);
  await using client = await server.connect({ target: app.addr.port, name: "shop" });
  await client.request("POST /", { body: "12345" });
  const base = `http://127.0.0.1:${server.server.adminAddress.port}`;
  const shop = await (await fetch(`${base}/tunnels/shop`)).json();
  assertEquals([shop.requests, shop.sentBytes, shop.receivedBytes], [1, 5, 1000]);
  const [lease] = await (await fetch(`${base}/leases`)).json();
  assertEquals([lease.name, lease.kind, lease.state], ["shop", "http", "online"]);
  const refused = await fetch(`${base}/tunnels/shop`, { method: "DELETE" });
  assertEquals([refused.status, (await refused.json()).error], [401, "token_refused"]);
  const removed = await fetch(`${base}/tunnels/shop`, { method: "DELETE", ...AUTHORIZED });
  assertEquals(removed.status, 204);
  assertEquals((await client.tunnel.closed).code, "removed");
  assertEquals(await (await fetch(`${base}/leases`)).json(), []);
});

Deno.test("Admin: a tunnel is shown with all that an operator asks about", async () => {
  const before = Date.now();
  await using boot = await bootTunnel({
    app: () => new Response("hello"),
    name: "shop",
    withRelay: true,
    server: { auth: { kind: "jwt", secret: SECRET } },
    token: await mintToken({ sub: "ann", ttlMs: 60_000, rights: { names: ["*"] } }, SECRET),
  });
  await boot.get("/");
  const base = `http://127.0.0.1:${boot.server.server.adminAddress.port}`;
  const look = async () => await (await fetch(`${base}/tunnels/shop`)).json();
  const shop = await look();
  assertEquals([shop.name, shop.kind, shop.owner], ["shop", "http", "ann"]);
  assertEquals(shop.url, boot.tunnel.url);
  assertEquals([shop.state, shop.transport, shop.resumes], ["connected", "upgrade", 0]);
  assertEquals([shop.requests, shop.streams, shop.receivedBytes], [1, 0, 5]);
  assertEquals(shop.client, `tun ${CLIENT_VERSION}`);
  assertMatch(shop.address, /^127\.0\.0\.1:\d+$/);
  const since = Date.parse(shop.since);
  assert(since >= before && since <= Date.now(), shop.since);
  assert(shop.roundTripMs >= 0 && shop.roundTripMs < 5_000, shop.roundTripMs);

  boot.relay.down();
  await boot.server.log.first(({ name }) => name === "session_paused");
  const paused = await look();
  assertEquals([paused.state, paused.transport, paused.since], ["paused", null, shop.since]);
  boot.relay.up();
  await boot.server.log.first(({ name }) => name === "session_resumed");
  const resumed = await look();
  assertEquals([resumed.state, resumed.resumes], ["connected", 1]);
  // What carries it now is the client's choice.
  assertMatch(resumed.transport, /^(upgrade|websocket)$/);
});

Deno.test("Admin: a long list comes in pages", async () => {
  await using server = await bootServer();
  await using _a = await server.connect({ target: 1, name: "aaa" });
  await using _b = await server.connect({ target: 1, name: "bbb" });
  const base = `http://127.0.0.1:${server.server.adminAddress.port}`;
  const first = await fetch(`${base}/tunnels?limit=1`);
  assertEquals((await first.json()).map(({ name }: { name: string }) => name), ["aaa"]);
  const next = /^<([^>]+)>; rel="next"$/.exec(first.headers.get("link")!)![1];
  const second = await fetch(base + next);
  assertEquals((await second.json()).map(({ name }: { name: string }) => name), ["bbb"]);
  assertEquals(second.headers.get("link"), null);
});

Deno.test("Requests: an id goes with a request to the app, into answers and into the log", async () => {
  await using boot = await bootTunnel({
    app: (request) => new Response(request.headers.get("x-request-id")),
    name: "shop",
  });
  assertEquals((await boot.get("/", "X-Request-Id: from-a-proxy/1")).body, "from-a-proxy/1");
  const made = (await boot.get("/?token=secret")).body;
  assertMatch(made, /^[0-9a-z]{14}$/);
  for (const hostile of ["a<script>", "x".repeat(129), "two words"]) {
    assertMatch((await boot.get("/", `X-Request-Id: ${hostile}`)).body, /^[0-9a-z]{14}$/);
  }
  const line = await boot.server.log.first(({ name, fields }) =>
    name === "request" && fields.id === made
  );
  assertEquals([line.fields.path, line.fields.status, line.fields.tunnel], ["/", 200, "shop"]);
  const answer = await boot.server.exchange(
    "GET / HTTP/1.1\r\nHost: nobody.localhost\r\nX-Request-Id: mine\r\nConnection: close\r\n\r\n",
  );
  assertMatch(answer, /\r\nX-Request-Id: mine\r\n/i);
  assertMatch(answer, /request mine\)/);
});
