import { assert, assertEquals } from "@std/assert";
import { Agent } from "../../client/agent.ts";
import type { AgentTunnel } from "../../client/agent/tunnel.ts";
import { HandshakeRefused } from "../../protocol/errors.ts";
import type { Claim, Control } from "../../protocol/mod.ts";
import { idleTunnel, ScriptedServer, TestClient } from "./client_harness.ts";

function client(
  server: ScriptedServer | string,
  tunnels: readonly AgentTunnel[] = [idleTunnel()],
  options: ConstructorParameters<typeof TestClient>[2] = {},
): TestClient {
  const endpoint = typeof server === "string" ? server : server.endpoint;
  return new TestClient(endpoint, () => ({ tunnels }), options);
}

const isClaim = (control: Control): control is Claim => control.type === "claim";

function claims(server: ScriptedServer): Claim[] {
  return server.controls.all.filter(isClaim);
}

function kinds(client: TestClient): string[] {
  return client.events.all.map(({ event }) => event);
}

Deno.test("Agent claims its tunnels and says where they are", async () => {
  await using server = new ScriptedServer();
  await using agent = client(server, [
    idleTunnel({
      name: "shop",
      label: "web",
      target: "127.0.0.1:3000",
      options: { concurrency: 7 },
    }),
    idleTunnel({ kind: "tcp", port: 20_000, label: "ssh" }),
  ], { leaseKey: "ab".repeat(32) });
  await agent.events.first((event) => "tunnel" in event && event.tunnel === "ssh");
  const [web, ssh] = claims(server);
  assertEquals([web?.mode, web?.name, web?.options], ["claim", "shop", { concurrency: 7 }]);
  assertEquals([ssh?.kind, ssh?.port, ssh?.tunnel], ["tcp", 20_000, 1]);
  assert(web?.nonce !== ssh?.nonce);
  assertEquals(server.hellos[0]?.leaseKey, "ab".repeat(32));
  assertEquals(agent.events.all[0], {
    event: "ready",
    kind: "http",
    url: "http://shop.localhost",
    name: "shop",
    session: server.session.id,
    tunnel: "web",
    target: "127.0.0.1:3000",
  });
  assertEquals(agent.agent.state, "online");
});

Deno.test("Agent resumes at once when the connection is cut", async () => {
  await using server = new ScriptedServer();
  await using agent = client(server);
  await agent.events.first(({ event }) => event === "ready");
  const { session } = server;
  server.cut();
  await agent.events.first(({ event }) => event === "resumed");
  assertEquals(kinds(agent), ["ready", "paused", "resumed"]);
  assertEquals(server.sessions.all, [session]);
});

Deno.test("Agent starts anew and reclaims when the server does not know the session", async () => {
  await using server = new ScriptedServer();
  await using agent = client(server);
  const ready = await agent.events.first(({ event }) => event === "ready");
  server.host = server.newHost();
  server.cut();
  const again = await agent.events.first((event) => event.event === "ready" && event !== ready);
  assert("reconnected" in again && again.reconnected === true);
  const [claim, reclaim] = claims(server);
  assertEquals([claim?.mode, reclaim?.mode, reclaim?.generation], ["claim", "reclaim", 1]);
  assert(claim?.nonce !== reclaim?.nonce);
});

Deno.test("Agent asks again with the same nonce when the answer to a claim is lost", async () => {
  let isDeaf = true;
  await using server: ScriptedServer = new ScriptedServer({
    onClaim: (claim) => isDeaf ? undefined : server.claimed(claim),
  });
  await using agent = client(server);
  await server.controls.first(isClaim);
  isDeaf = false;
  server.session.close("internal");
  await agent.events.first(({ event }) => event === "ready");
  const [first, second] = claims(server);
  assertEquals([second?.mode, second?.nonce], ["claim", first?.nonce]);
});

Deno.test("Agent starts nothing when one of its tunnels is refused at the start", async () => {
  await using server: ScriptedServer = new ScriptedServer({
    onClaim: (claim) =>
      claim.tunnel === 0 ? server.claimed(claim) : {
        type: "claim_refused",
        tunnel: claim.tunnel,
        code: "name_taken",
        message: "somebody has it",
        final: true,
      },
  });
  await using agent = client(server, [idleTunnel(), idleTunnel({ label: "b" })]);
  const { code, message } = await agent.agent.ended;
  assertEquals([code, message], ["name_taken", "somebody has it"]);
  assertEquals(agent.events.all, [
    { event: "refused", code: "name_taken", message: "somebody has it", tunnel: "b" },
  ]);
});

Deno.test("Agent waits when a tunnel is refused for a while", async () => {
  let asked = 0;
  await using server: ScriptedServer = new ScriptedServer({
    onClaim: (claim) =>
      asked++ > 0 ? server.claimed(claim) : {
        type: "claim_refused",
        tunnel: 0,
        code: "registry_unavailable",
        message: "in a moment",
        final: false,
        retryAfterMs: 1,
      },
  });
  await using agent = client(server);
  await agent.events.first(({ event }) => event === "ready");
  assertEquals(kinds(agent), ["warning", "ready"]);
});

Deno.test("Agent gives up a displaced tunnel, and stops with the last one", async () => {
  await using server = new ScriptedServer();
  await using agent = client(server, [idleTunnel({ label: "a" }), idleTunnel({ label: "b" })]);
  await agent.events.first((event) => "tunnel" in event && event.tunnel === "b");
  const revoke = (tunnel: number) =>
    server.session.sendControl({
      type: "revoked",
      tunnel,
      reason: "displaced",
      message: "claimed elsewhere",
      drainMs: 0,
    });
  revoke(0);
  await agent.events.first(({ event }) => event === "displaced");
  assertEquals(agent.agent.state, "online");
  server.session.close("internal");
  await agent.events.first((event) => "reconnected" in event && event.reconnected === true);
  assertEquals(claims(server).map(({ tunnel }) => tunnel), [0, 1, 1]);
  revoke(1);
  assertEquals((await agent.agent.ended).code, "displaced");
  assertEquals(kinds(agent).at(-1), "displaced");
});

Deno.test("Agent moves to a new session on GOAWAY while the old one drains", async () => {
  await using server = new ScriptedServer();
  let release!: () => void;
  const released = new Promise<void>((resolve) => release = resolve);
  await using agent = client(server, [idleTunnel({
    handle: async (stream) => {
      await released;
      const headers = new Uint8Array(0);
      await stream.respond({ status: 200, minorVersion: 1, reason: "", headers }, undefined, true);
    },
  })]);
  await agent.events.first(({ event }) => event === "ready");
  const old = server.session;
  const stream = server.request("GET /");
  old.goAway();
  await agent.events.first((event) => "reconnected" in event && event.reconnected === true);
  assert(server.session !== old);
  assertEquals(old.end, undefined);
  release();
  assertEquals((await stream.nextResponse()).status, 200);
  assertEquals((await old.closed).code, "normal");
});

Deno.test("Agent lets a request end before it stops", async () => {
  await using server = new ScriptedServer();
  const asked = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  await using agent = client(server, [idleTunnel({
    handle: async (stream) => {
      asked.resolve();
      await released.promise;
      const headers = new Uint8Array(0);
      await stream.respond({ status: 204, minorVersion: 1, reason: "", headers }, undefined, true);
    },
  })]);
  await agent.events.first(({ event }) => event === "ready");
  const stream = server.request("GET /");
  await asked.promise;
  const stopping = agent.agent.stop();
  await server.controls.first(({ type }) => type === "goaway");
  released.resolve();
  assertEquals((await stream.nextResponse()).status, 204);
  await stopping;
  assertEquals((await server.session.closed).code, "normal");
  assertEquals((await agent.agent.ended).code, "stopped");
  assertEquals(kinds(agent).at(-1), "stopped");
});

Deno.test("Agent stops at once when it is told a second time", async () => {
  await using server = new ScriptedServer();
  const asked = Promise.withResolvers<void>();
  await using agent = client(server, [idleTunnel({ handle: () => asked.resolve() })]);
  await agent.events.first(({ event }) => event === "ready");
  server.request("GET /");
  await asked.promise;
  const first = agent.agent.stop();
  await server.controls.first(({ type }) => type === "goaway");
  await agent.agent.stop(0);
  await first;
});

for (const code of ["token_refused", "token_expired", "token_revoked"] as const) {
  Deno.test(`Agent stops when a start is refused as ${code}`, async () => {
    await using server = new ScriptedServer({
      authenticate: () => Promise.reject(new HandshakeRefused(code, "no")),
    });
    await using agent = client(server);
    assertEquals((await agent.agent.ended).code, code);
    assertEquals(agent.events.all, [{ event: "error", code, message: "no" }]);
  });
}

Deno.test("Agent stops when its session ends because the token has expired", async () => {
  await using server = new ScriptedServer();
  await using agent = client(server);
  await agent.events.first(({ event }) => event === "ready");
  server.session.close("token_expired", "it ran out");
  assertEquals((await agent.agent.ended).code, "token_expired");
});

Deno.test("Agent presents a fresh token when the old one expires", async () => {
  await using server = new ScriptedServer();
  let token = "old";
  await using agent = client(server, [idleTunnel()], { token: () => Promise.resolve(token) });
  await agent.events.first(({ event }) => event === "ready");
  server.session.sendControl({ type: "expiring", inMs: 60_000 });
  await agent.events.first(({ event }) => event === "warning");
  token = "new";
  await server.controls.first((control) => control.type === "auth" && control.token === "new");
});

Deno.test("Agent waits for a server that has no room", async () => {
  let asked = 0;
  await using server = new ScriptedServer({
    authenticate: () =>
      asked++ > 0
        ? Promise.resolve(null)
        : Promise.reject(new HandshakeRefused("overloaded", "full", { retryAfterMs: 1 })),
  });
  await using agent = client(server);
  await agent.events.first(({ event }) => event === "ready");
  assertEquals(agent.events.all[0], { event: "reconnecting", inSeconds: 0.001, reason: "full" });
  assertEquals(server.hellos[0]?.nonce, server.hellos[1]?.nonce);
});

Deno.test("Agent is patient with an endpoint that nobody listens on", async () => {
  const port = freePort();
  await using agent = client(`tcp://127.0.0.1:${port}`);
  const event = await agent.events.first(({ event }) => event === "reconnecting");
  assert("reason" in event && event.reason?.includes("connection refused"));
});

Deno.test("Agent stops when something else listens on the endpoint", async () => {
  await using web = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response("hello", { status: 404 }),
  );
  for (const scheme of ["http", "ws", "tcp"]) {
    await using agent = client(`${scheme}://127.0.0.1:${web.addr.port}`);
    assertEquals((await agent.agent.ended).code, "not_a_tun_server");
  }
});

Deno.test("Agent is gone when it is disposed of while it dials", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const agent = client(`tcp://127.0.0.1:${listener.addr.port}`);
  using _conn = await listener.accept();
  await agent[Symbol.asyncDispose]();
  assert(agent.agent instanceof Agent);
  assertEquals(agent.agent.state, "stopped");
});

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
