import { assertEquals, assertStringIncludes } from "@std/assert";
import { bootServer, bootTunnel } from "../support/tunnel_boot.ts";
import type { RawConnection } from "../support/raw_connection.ts";

function hello(): Response {
  return new Response("hello");
}

/** A visitor whose connection stays open behind one answer. */
async function keepAlive(visitor: RawConnection, host: string): Promise<string> {
  await visitor.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  return await visitor.take((text) => text.endsWith("hello"));
}

Deno.test("At the cap an idle connection makes room, and a busy one does not", async () => {
  const release = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  await using boot = await bootTunnel({
    server: { maxConnections: 2 },
    app: async (request) => {
      if (new URL(request.url).pathname === "/slow") {
        begun.resolve();
        await release.promise;
      }
      return hello();
    },
  });
  using busy = await boot.server.visit();
  await busy.send(`GET /slow HTTP/1.1\r\nHost: ${boot.host}\r\nConnection: close\r\n\r\n`);
  await begun.promise;
  using idle = await boot.server.visit();
  assertStringIncludes(await keepAlive(idle, boot.host), "200 OK");
  using third = await boot.server.visit();
  assertStringIncludes(await keepAlive(third, boot.host), "200 OK");
  assertEquals(await idle.takeToEnd(), "", "closed, and nothing was under way");
  release.resolve();
  assertStringIncludes(await busy.takeToEnd(), "200 OK");
});

Deno.test("Over the cap a connection is closed without a word, and the log counts", async () => {
  const release = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  await using boot = await bootTunnel({
    server: { maxConnections: 1 },
    app: async () => {
      begun.resolve();
      await release.promise;
      return hello();
    },
  });
  using busy = await boot.server.visit();
  await busy.send(`GET / HTTP/1.1\r\nHost: ${boot.host}\r\nConnection: close\r\n\r\n`);
  await begun.promise;
  using refused = await boot.server.visit();
  assertEquals(await refused.takeToEnd(), "");
  const { fields } = await boot.server.log.first(({ name }) => name === "connections_refused");
  assertEquals(fields, { limit: "connections", count: 1 });
  release.resolve();
  assertStringIncludes(await busy.takeToEnd(), "200 OK");
  using next = await boot.server.visit();
  assertStringIncludes(await keepAlive(next, boot.host), "200 OK");
});

Deno.test("A visitor's requests are counted, over all of its connections", async () => {
  await using boot = await bootTunnel({ app: hello, server: { visitorRps: 1 } });
  const from = (ip: string) => boot.get("/", `X-Forwarded-For: ${ip}`);
  const statuses = await Promise.all(Array.from({ length: 5 }, () => from("192.0.2.7")));
  const sorted = statuses.map(({ status }) => status).sort();
  assertEquals(sorted, [200, 429, 429, 429, 429]);
  const late = statuses.find(({ status }) => status === 429)!;
  assertEquals([late.header("tun-error"), late.header("retry-after")], ["rate_limited", "1"]);
  assertEquals((await from("192.0.2.8")).status, 200);
  assertEquals((await from("2001:db8::1")).status, 200);
});

Deno.test("A cap for visitors is none for clients", async () => {
  await using server = await bootServer({ maxConnections: 1 });
  await using app = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, hello);
  await using one = await server.connect({ target: app.addr.port, name: "one" });
  await using two = await server.connect({ target: app.addr.port, name: "two" });
  assertEquals([(await one.get()).status, (await two.get()).status], [200, 200]);
});
