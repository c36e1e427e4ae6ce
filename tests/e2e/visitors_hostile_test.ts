/**
 * Hostile requests against a server that runs: refused, the connection closed, and the app never
 * sees a byte.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { bytesOf, HTTP1_CORPUS } from "../hostile/http1_corpus.ts";
import { EventLog } from "../support/event_log.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { bootServer, bootTunnel } from "../support/tunnel_boot.ts";

/** What they get wrong comes so late that the request is under way; it can only be broken off. */
const LATE: readonly string[] = ["endless extensions", "endless trailers"];

/** So many at a time: most of the time goes into waiting for the other side. */
const AT_ONCE = 16;

Deno.test("A hostile request is refused and never reaches the app", async (t) => {
  using app = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const reached = new EventLog<string>();
  const accepting = (async () => {
    for await (const conn of app) {
      using raw = new RawConnection(conn);
      reached.add(await raw.takeHead().catch(() => raw.received));
      await raw.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").catch(
        () => {},
      );
    }
  })();
  await using server = await bootServer({ single: true });
  await using client = await server.connect({ target: app.addr.port });
  const hostile = HTTP1_CORPUS.filter(({ refused, name }) => refused && !LATE.includes(name));
  const statuses = new Set<number>();

  async function attack(index: number): Promise<void> {
    for (let at = index; at < hostile.length; at += AT_ONCE) {
      const request = hostile[at]!;
      const [status] = request.refused!;
      using visitor = await server.visit();
      // The server may have hung up before it has all of it.
      await visitor.send(bytesOf(request)).catch(() => {});
      const answer = await visitor.takeToEnd();
      assertMatch(answer, new RegExp(`^HTTP/1\\.1 ${status} `), request.name);
      assertMatch(answer, /\r\nConnection: close\r\n/, request.name);
      assertEquals(answer.match(/HTTP\/1\.1 \d{3} /g)?.length, 1, `one answer: ${request.name}`);
      statuses.add(status);
    }
  }
  await t.step(`${hostile.length} of them`, async () => {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => attack(index)));
  });
  assertEquals(reached.all, []);
  for (const request of HTTP1_CORPUS.filter(({ name }) => LATE.includes(name))) {
    await t.step(`${request.name}, late in a body`, async () => {
      using visitor = await server.visit();
      await visitor.send(bytesOf(request));
      assertMatch(await visitor.takeToEnd(), new RegExp(`^HTTP/1\\.1 ${request.refused![0]} `));
    });
  }
  assertEquals(reached.all.filter((bytes) => bytes.endsWith("0\r\n\r\n")), [], "none is whole");
  assertEquals([...statuses].sort(), [400, 405, 414, 431, 501, 505]);

  // The way is open for who is not hostile.
  assertEquals((await client.get("/")).status, 200);
  await reached.first((head) => head.startsWith("GET / "));
  app.close();
  await accepting.catch(() => {});
});

Deno.test("A hostile request behind a good one is not taken for a part of it", async () => {
  const paths: string[] = [];
  await using boot = await bootTunnel({
    app: (request) => {
      paths.push(new URL(request.url).pathname);
      return new Response("ok");
    },
  });
  using visitor = await boot.server.visit();
  const good = `GET /good HTTP/1.1\r\nHost: ${boot.host}\r\n\r\n`;
  const smuggled = `GET /smuggled HTTP/1.1\r\nHost: ${boot.host}\r\n\r\n`;
  await visitor.send(
    `${good}POST /bad HTTP/1.1\r\nHost: ${boot.host}\r\nContent-Length: 0\r\n` +
      `Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  );
  const answers = await visitor.takeToEnd();
  assertMatch(answers, /^HTTP\/1\.1 200 OK\r\n[\s\S]*HTTP\/1\.1 400 Bad Request\r\n/);
  assertEquals(paths, ["/good"]);
});
