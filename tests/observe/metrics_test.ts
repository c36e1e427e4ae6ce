/**
 * Metrics of a server that has something to do, read strictly: what happened is counted once, what
 * is there is seen, and nothing that a stranger sends becomes a series.
 *
 * @module
 */

import { assert, assertEquals, assertGreater, assertMatch, assertRejects } from "@std/assert";
import { mintToken } from "../../server/auth/mint.ts";
import { type MetricFamily, readMetricsText, valueOf } from "../support/prometheus_text.ts";
import { type BootedServer, bootServer, bootTunnel } from "../support/tunnel_boot.ts";

const SECRET = "a-secret-of-32-bytes-or-so-for-a-test";

/** All figures at one moment. */
class Figures {
  readonly families: ReadonlyMap<string, MetricFamily>;

  constructor(families: ReadonlyMap<string, MetricFamily>) {
    this.families = families;
  }

  /** A sample, by its name and perhaps one label: `tun_streams`, `tun_sessions paused`. */
  get(what: string): number {
    const [name = "", wanted] = what.split(" ");
    for (const { samples } of this.families.values()) {
      for (const { name: own, labels, value } of samples) {
        const isIt = wanted === undefined
          ? labels.size === 0
          : [...labels.values()].join() === wanted;
        if (own === name && isIt) return value;
      }
    }
    throw new TypeError(`There is no ${what}`);
  }

  /** Names and labels, without figures. */
  get series(): string[] {
    return Array.from(this.families.values()).flatMap(({ samples }) =>
      samples.map(({ name, labels }) => JSON.stringify([name, ...labels]))
    );
  }
}

async function read(server: BootedServer): Promise<Figures> {
  const response = await fetch(`http://127.0.0.1:${server.server.adminAddress.port}/metrics`);
  assertMatch(response.headers.get("content-type")!, /^text\/plain; version=0\.0\.4/);
  return new Figures(readMetricsText(await response.text()));
}

/** More looks than any of these takes: each is a request of its own. */
const MOST_LOOKS = 2_000;

/** Looks until something is so: a request, for one, is counted after its answer. */
async function when(server: BootedServer, what: string, least: number): Promise<Figures> {
  for (let look = 0; look < MOST_LOOKS; look++) {
    const figures = await read(server);
    if (figures.get(what) >= least) return figures;
  }
  throw new Error(`${what} is not ${least} yet`);
}

const ANSWERED = "tun_http_request_ends_total answered";

Deno.test("Metrics: requests are counted by class, answer, size and time", async () => {
  await using boot = await bootTunnel({
    app: ({ url }) => new Response("hello", { status: url.endsWith("/gone") ? 404 : 200 }),
    name: "shop",
  });
  await boot.get("/");
  await boot.request("POST /gone", { body: "12345" });
  await boot.server.exchange(
    "GET / HTTP/1.1\r\nHost: nobody.localhost\r\nConnection: close\r\n\r\n",
  );
  await boot.server.exchange("nonsense\r\n\r\n");
  const figures = await when(boot.server, ANSWERED, 4);
  for (
    const [what, value] of [
      ["tun_http_requests_total 2xx", 1],
      ["tun_http_requests_total 4xx", 3],
      ["tun_http_request_ends_total answered", 4],
      ["tun_http_answers_total unknown_tunnel", 1],
      ["tun_http_answers_total bad_request", 1],
      ["tun_http_received_bytes_total", 5],
      ["tun_http_tunnel_duration_seconds_count", 2],
      ["tun_http_tunnel_duration_seconds_bucket +Inf", 2],
      ["tun_http_edge_duration_seconds_count", 2],
      ["tun_sessions connected", 1],
      ["tun_session_transports upgrade", 1],
      ["tun_tunnels http", 1],
      ["tun_sessions_started_total", 1],
      ["tun_tunnels_claimed_total claim", 1],
      ["tun_faults_total", 0],
    ] as const
  ) assertEquals(figures.get(what), value, what);
  assertGreater(figures.get("tun_http_sent_bytes_total"), 10);
  assertGreater(figures.get("tun_link_sent_bytes_total"), 5);
  assertGreater(figures.get("tun_link_received_bytes_total"), 10);
  assertGreater(figures.get("process_resident_memory_bytes"), 1e6);
  assertGreater(figures.get("process_cpu_seconds_total"), 0);
  const whole = figures.get("tun_http_request_duration_seconds_sum");
  const parts = ["edge", "tunnel"].map((part) =>
    figures.get(`tun_http_${part}_duration_seconds_sum`)
  );
  assert(parts.every((part) => part <= whole), `${parts} of ${whole}`);
  assert(figures.get("tun_http_app_duration_seconds_sum") <= parts[1]!);
});

Deno.test("Metrics: a lost connection is seen as paused, resumed and resent; a restart as a reconnect", async () => {
  await using app = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => new Response(String((await request.arrayBuffer()).byteLength)),
  );
  await using server = await bootServer();
  await using client = await server.connect({
    target: app.addr.port,
    name: "shop",
    withRelay: true,
  });
  client.relay.freeze();
  const answer = client.request("POST /", { body: "x".repeat(100_000) });
  // It is on its way, and lost: the relay has it.
  const before = await when(server, "tun_link_sent_bytes_total", 50_000);
  assertEquals([before.get("tun_streams"), before.get("tun_session_pauses_total")], [1, 0]);
  client.relay.down();
  await server.log.first(({ name }) => name === "session_paused");
  const paused = await read(server);
  assertEquals(paused.get("tun_sessions paused"), 1);
  assertEquals(paused.get("tun_sessions connected"), 0);
  assertGreater(paused.get("tun_link_held_bytes"), 50_000);
  client.relay.thaw();
  client.relay.up();
  assertEquals((await answer).body, "100000");
  const resumed = await when(server, ANSWERED, 1);
  assertEquals(resumed.get("tun_session_pauses_total"), 1);
  assertEquals(resumed.get("tun_session_resumes_total"), 1);
  assertGreater(resumed.get("tun_link_resent_bytes_total"), 50_000);
  assertEquals(resumed.get("tun_sessions connected"), 1);
  assertEquals(resumed.get("tun_streams"), 0);

  const seen = server.log.all.length;
  await server.restart();
  await server.log.first(({ name }) => name === "tunnel_up", seen);
  assertEquals((await read(server)).get("tun_tunnels_claimed_total reclaim"), 1);
});

Deno.test("Metrics: what is refused is counted by its reason", async () => {
  await using server = await bootServer({ auth: { kind: "jwt", secret: SECRET } });
  const tokenOf = (sub: string, names: string[], secret = SECRET) =>
    mintToken({ sub, ttlMs: 60_000, rights: { names } }, secret);
  const attempt = (name: string, token: string) => server.connect({ target: 1, name, token });
  await using _ann = await attempt("shop", await tokenOf("ann", ["*"]));
  await assertRejects(async () => attempt("shop", await tokenOf("bob", ["*"])));
  await assertRejects(async () => attempt("www", await tokenOf("bob", ["*"])));
  await assertRejects(async () => attempt("mine", await tokenOf("bob", ["yours"])));
  await assertRejects(async () => attempt("x", await tokenOf("bob", ["*"], `another-${SECRET}`)));
  await assertRejects(() => attempt("x", "nonsense"));
  await assertRejects(() => attempt("x", ""));
  await server.server.revocations.add("sub:eve");
  await assertRejects(async () => attempt("x", await tokenOf("eve", ["*"])));
  const { port } = server.server.adminAddress;
  for (const headers of [{ origin: "http://a" }, { authorization: "Bearer wrong" }]) {
    await (await fetch(`http://127.0.0.1:${port}/tunnels`, { headers })).body?.cancel();
  }
  const figures = await read(server);
  for (
    const what of [
      "tun_claims_refused_total name_taken",
      "tun_claims_refused_total name_refused",
      "tun_claims_refused_total not_permitted",
      "tun_clients_refused_total token_revoked",
      "tun_tokens_refused_total signature_invalid",
      "tun_tokens_refused_total token_malformed",
      "tun_tokens_refused_total token_missing",
      "tun_tokens_refused_total token_revoked",
      "tun_admin_refused_total origin_refused",
      "tun_admin_refused_total token_refused",
    ]
  ) assertEquals(figures.get(what), 1, what);
  assertEquals(figures.get("tun_clients_refused_total token_refused"), 3);
});

Deno.test("Metrics: nothing that a stranger, a client or a token says makes a series, or `other`", async () => {
  await using server = await bootServer({ auth: { kind: "jwt", secret: SECRET } });
  const before = (await read(server)).series;
  for (let index = 0; index < 20; index++) {
    const rights = { names: ["*"], ports: ["1-65535"], kinds: ["http", "tcp"] };
    const token = await mintToken({
      sub: `who-"\\\n${index}`.replace("\n", "n"),
      ttlMs: 60_000,
      rights,
    }, SECRET);
    await using client = await server.connect({ target: 1, name: `n-${index}`, token });
    await client.request(`M${index} /${index}?x="}\\`, { lines: [`X-${index}: "} 1`] });
    await server.exchange(
      `GET / HTTP/1.1\r\nHost: h-${index}.localhost\r\nConnection: close\r\n\r\n`,
    );
    await server.exchange(`\x00${index}\r\n\r\n`);
  }
  const figures = await when(server, ANSWERED, 60);
  assertEquals(figures.series, before);
  for (const { name, samples } of figures.families.values()) {
    for (const { labels, value } of samples) {
      if ([...labels.values()].includes("other")) assertEquals(value, 0, name);
    }
  }
  assertEquals(valueOf(figures.families, "tun_sessions_started_total"), 20);
});

Deno.test("Metrics: totals never fall while sessions come and go", async () => {
  await using app = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("x".repeat(10_000)),
  );
  await using server = await bootServer();
  let last = new Map<string, number>();
  for (let round = 0; round < 5; round++) {
    const seen = server.log.all.length;
    {
      await using client = await server.connect({ target: app.addr.port });
      await client.get();
      last = await checkRise(server, last);
    }
    await server.log.first(({ name }) => name === "session_closed", seen);
    last = await checkRise(server, last);
  }
  assertGreater(last.get('["tun_link_received_bytes_total"]')!, 50_000);
});

/** Looks at everything that only goes up. */
async function checkRise(
  server: BootedServer,
  last: Map<string, number>,
): Promise<Map<string, number>> {
  const now = new Map<string, number>();
  for (const { type, samples } of (await read(server)).families.values()) {
    if (type === "gauge") continue;
    for (const { name, labels, value } of samples) {
      const key = JSON.stringify([name, ...labels]);
      assert(value >= (last.get(key) ?? 0), `${key}: ${last.get(key)}, then ${value}`);
      now.set(key, value);
    }
  }
  return now;
}
