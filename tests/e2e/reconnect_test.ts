/**
 * Whatever goes away and comes back, on either side: the URL stays, visitors get clean answers, and
 * nobody has to do anything.
 *
 * @module
 */

import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { CuttingRelay } from "../support/cutting_relay.ts";
import { bootTunnel } from "../support/tunnel_boot.ts";
import { type ProgramProcess, ServerProcess, startClient } from "./endurance_process.ts";
import { ConnectionEnded, KeepAliveVisitor } from "./endurance_visitor.ts";
import { bootImpatientServer } from "./reconnect_server.ts";
import { StreamingApp } from "./streaming_app.ts";
import { figure } from "./streaming_bytes.ts";

const posix = { ignore: Deno.build.os === "windows" };

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  Deno.test(
    `Reconnect: a server ended by ${signal} and started again has its clients back`,
    posix,
    async () => {
      await using app = new StreamingApp();
      await using server = await ServerProcess.start();
      const config = await Deno.makeTempDir();
      const { http: port } = server.ports;
      await using client = startClient({ port, target: app.port, config });
      const { url } = await client.event("ready");
      const seen = client.events.all.length;
      server.program.kill(signal);
      await server.again();
      const started = performance.now();
      const ready = await client.event("ready", seen);
      figure(`back ${Math.round(performance.now() - started)} ms after the server`);
      assertEquals(ready.url, url);
      assertEquals(ready.reconnected, true);
      assertEquals(await get(port, hostOf(url)), { status: 200, body: "hello" });
      await stop(client);
      await Deno.remove(config, { recursive: true });
    },
  );
}

Deno.test(
  "Reconnect: a client that was killed leaves a 503 that says when to come again",
  posix,
  async () => {
    await using app = new StreamingApp();
    await using server = await bootImpatientServer();
    const config = await Deno.makeTempDir();
    await using client = startClient({ port: server.port, target: app.port, config });
    const { url } = await client.event("ready");
    client.kill("SIGKILL");
    await server.log.first(({ name }) => name === "session_closed");
    const answer = await server.exchange(
      `GET / HTTP/1.1\r\nHost: ${hostOf(url)}\r\nConnection: close\r\n\r\n`,
    );
    assert(answer.startsWith("HTTP/1.1 503 "), answer);
    assert(/^tun-error: tunnel_offline\r$/mi.test(answer), answer);
    assert(/^retry-after: \d+\r$/mi.test(answer), answer);

    await using next = startClient({ port: server.port, target: app.port, config });
    assertEquals((await next.event("ready")).url, url);
    assertEquals(await get(server.port, hostOf(url)), { status: 200, body: "hello" });
    await stop(next);
    await Deno.remove(config, { recursive: true });
  },
);

Deno.test("Reconnect: a cut longer than the resume time gives clean errors, and the same URL after", async () => {
  await using app = new StreamingApp();
  await using server = await bootImpatientServer();
  await using relay = new CuttingRelay(server.port);
  await using client = await server.connect({
    target: app.port,
    name: "app",
    endpoint: `http://127.0.0.1:${relay.port}`,
  });
  using download = await server.visit();
  await download.send(
    `GET /download?size=1000000000&seed=1 HTTP/1.1\r\nHost: ${client.host}\r\n\r\n`,
  );
  await download.takeHead();
  using events = await server.visit();
  await events.send(`GET /events HTTP/1.1\r\nHost: ${client.host}\r\n\r\n`);
  await events.take((text) => text.includes("hello"));

  relay.down();
  await client.event("paused");
  const waiting = client.get("/during");
  await server.log.first(({ name }) => name === "session_closed");
  // What had begun is cut, so that it does not look whole; what had not gets an answer.
  await Promise.all([download.takeToEnd(), events.takeToEnd()]);
  const { status } = await waiting;
  assert(status === 502 || status === 503, String(status));
  const offline = await client.get("/offline");
  assertEquals(offline.status, 503);
  assertEquals(offline.header("tun-error"), "tunnel_offline");
  assert(Number(offline.header("retry-after")) > 0);

  relay.up();
  await client.events.first((event) => event.event === "ready" && event.reconnected === true);
  assertEquals((await client.get("/after")).status, 200);
  const urls = client.events.all.flatMap((event) => event.event === "ready" ? [event.url] : []);
  assertEquals(urls, [client.tunnel.url, client.tunnel.url]);
});

Deno.test("Reconnect: silence on the line is noticed, and the session goes on", async () => {
  await using app = new StreamingApp();
  await using server = await bootImpatientServer({
    resumeMs: 20_000,
    pingAfterMs: 200,
    deadAfterMs: 500,
  });
  await using relay = new CuttingRelay(server.port);
  await using client = await server.connect({
    target: app.port,
    name: "app",
    endpoint: `http://127.0.0.1:${relay.port}`,
  });
  using events = await server.visit();
  await events.send(`GET /events HTTP/1.1\r\nHost: ${client.host}\r\n\r\n`);
  await events.take((text) => text.includes("hello"));
  relay.freeze();
  app.send("into the silence");
  await client.event("paused");
  relay.thaw();
  await client.event("resumed");
  await events.take((text) => text.includes("data: into the silence\n\n"));
  assertEquals(server.log.all.filter(({ name }) => name === "session_started").length, 1);
});

Deno.test("Reconnect: an app sees within a second that its visitor has left, and nothing stays", async () => {
  await using app = new StreamingApp();
  await using boot = await bootTunnel({ target: app.port, name: "app" });
  const streams = async () => {
    const { port } = boot.server.server.adminAddress;
    const [tunnel] = await (await fetch(`http://127.0.0.1:${port}/tunnels`)).json();
    return tunnel.streams;
  };
  const visitors = await Promise.all(Array.from({ length: 20 }, async (_, number) => {
    const visitor = await boot.server.visit();
    await visitor.send(`GET /events HTTP/1.1\r\nHost: ${boot.host}\r\n\r\n`);
    await visitor.take((text) => text.includes("hello"));
    return { visitor, isPolite: number % 2 === 0 };
  }));
  assertEquals(app.listeners, 20);
  assertEquals(await streams(), 20);
  const left = performance.now();
  for (const { visitor, isPolite } of visitors) {
    if (isPolite) await visitor.closeWrite();
    else visitor.close();
  }
  while (app.listeners > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const took = performance.now() - left;
  figure(`the app knew after ${took.toFixed(0)} ms that 20 visitors had left`);
  assertLess(took, 1_100);
  assertEquals(await streams(), 0);
  for (const { visitor } of visitors) await visitor.closed();
});

Deno.test("Reconnect: an app that is down gives 502, and works once it is up", async () => {
  const { port } = await freePort();
  await using boot = await bootTunnel({ target: port, name: "app" });
  const down = await boot.get();
  assertEquals(down.status, 502);
  assertEquals(down.header("tun-error"), "app_unreachable");
  await using _app = new StreamingApp(port);
  assertEquals((await boot.get()).status, 200);
});

Deno.test("Reconnect: no request fails when an app restarts under connections that were kept", async () => {
  let app = new StreamingApp();
  const { port } = app;
  await using boot = await bootTunnel({ target: port, name: "app" });
  using visitor = await KeepAliveVisitor.connect(boot.server.port, boot.host);
  for (let round = 0; round < 20; round++) {
    const answers = await Promise.all(Array.from({ length: 10 }, () => boot.get()));
    assertEquals(answers.map(({ status }) => status), Array(10).fill(200));
    assertEquals((await visitor.get("/")).status, 200);
    await app[Symbol.asyncDispose]();
    app = new StreamingApp(port);
    assertEquals((await visitor.get("/")).status, 200);
  }
  await app[Symbol.asyncDispose]();
  assertEquals((await visitor.get("/")).status, 502);
});

Deno.test("Reconnect: a response that the app breaks off never looks whole", async () => {
  await using app = new BreakingApp();
  await using boot = await bootTunnel({ target: app.port, name: "app" });
  using visitor = await KeepAliveVisitor.connect(boot.server.port, boot.host);
  await assertRejects(() => visitor.get("/"), ConnectionEnded);
});

/** Announces more than it sends. */
class BreakingApp implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #done: Promise<void> = this.#serve();

  get port(): number {
    return this.#listener.addr.port;
  }

  async #serve(): Promise<void> {
    for await (const conn of this.#listener) {
      await conn.read(new Uint8Array(4096));
      await conn.write(
        new TextEncoder().encode("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello"),
      );
      conn.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#done;
  }
}

async function freePort(): Promise<{ port: number }> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return await Promise.resolve({ port: listener.addr.port });
}

async function get(port: number, host: string) {
  using visitor = await KeepAliveVisitor.connect(port, host);
  return await visitor.get("/");
}

function hostOf(url: unknown): string {
  return new URL(String(url)).host;
}

async function stop(client: ProgramProcess): Promise<void> {
  client.kill("SIGINT");
  assertEquals((await client.status).code, 0);
}
