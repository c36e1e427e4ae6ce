/**
 * What a tenant, or her visitors, must not reach: the admin side, Alice's own machine, and the
 * cookies of others.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { ServerProcess, startClient } from "../e2e/endurance_process.ts";
import { readAnswers } from "./answer_reader.ts";
import { claim, House, MALLORY } from "./house.ts";

const OPERATOR = "the-token-of-the-operator";

Deno.test("No host leads from the visitors' port to the admin side, not even the operator", async () => {
  await using house = await House.open({ adminToken: OPERATOR });
  const admin = house.server.server.adminAddress.port;
  const hosts = [
    ...["localhost", "127.0.0.1", "[::1]", "admin.localhost", "api.localhost", "admin"],
    ...[`127.0.0.1:${admin}`, `localhost:${admin}`, `admin.localhost:${admin}`, "0.0.0.0"],
  ];
  const paths = ["/tunnels", "/leases", "/metrics", "/healthz", "/readyz", "/tunnels/shop"];
  for (const host of hosts) {
    for (const path of [...paths, ...paths.map((path) => `http://${host}${path}`)]) {
      const text = await house.server.exchange(
        `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${OPERATOR}\r\n` +
          "Connection: close\r\n\r\n",
      );
      const [answer] = readAnswers(text, ["GET"]);
      assertEquals(answer?.status, 404, `${host} ${path}`);
    }
  }
});

Deno.test("The admin side answers nobody who comes by a tenant's name, nor any web page", async () => {
  await using house = await House.open({ adminToken: OPERATOR });
  const { port } = house.server.server.adminAddress;
  await using tester = await house.scripted();
  await tester.claimed();
  const ask = async (fields: string, method = "GET") => {
    using conn = await Deno.connect({ hostname: "127.0.0.1", port });
    const head = `${method} /tunnels/${MALLORY} HTTP/1.1\r\n${fields}Connection: close\r\n\r\n`;
    await conn.write(new TextEncoder().encode(head));
    const text = await new Response(conn.readable).text();
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);
  };
  assertEquals(await ask(`Host: 127.0.0.1:${port}\r\n`), 200);
  const operator = `Authorization: Bearer ${OPERATOR}\r\n`;
  for (const host of [`${MALLORY}.localhost`, "evil.example", "127.0.0.1.evil.example"]) {
    for (const more of ["", operator]) {
      assertEquals(await ask(`Host: ${host}:${port}\r\n${more}`), 403, `${host} (DNS rebinding)`);
    }
  }
  for (const origin of ["null", "http://evil.localhost", `http://127.0.0.1:${port}`]) {
    const fields = `Host: 127.0.0.1:${port}\r\nOrigin: ${origin}\r\n${operator}`;
    for (const method of ["GET", "DELETE", "OPTIONS", "POST"]) {
      assertEquals(await ask(fields, method), 403, `${method} from ${origin}`);
    }
  }
  const token = await house.token("mallory");
  const withOwn = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n`;
  assertEquals(await ask(withOwn, "DELETE"), 401, "a tenant's token is none of an operator");
  assertEquals(house.server.server.tunnels, 1);
});

Deno.test("None of our own answers sets a cookie", async () => {
  await using house = await House.open();
  await using tester = await house.scripted();
  const session = await tester.session();
  await claim(session, { tunnel: 1, name: "locked", options: { requestTimeoutMs: 1 } });
  const bare = `localhost:${house.server.port}`;
  const requests = [
    `GET / HTTP/1.1\r\nHost: ${bare}`,
    `GET /robots.txt HTTP/1.1\r\nHost: ${bare}`,
    `GET /connect HTTP/1.1\r\nHost: ${bare}`,
    `GET /connect HTTP/1.1\r\nHost: ${bare}\r\nUpgrade: tun\r\nOrigin: http://evil.example`,
    `GET /nothing HTTP/1.1\r\nHost: ${bare}`,
    `POST / HTTP/1.1\r\nHost: ${bare}\r\nContent-Length: 0`,
    `GET / HTTP/1.1\r\nHost: nobody.localhost`,
    `GET / HTTP/1.1\r\nHost: example.com`,
    `GET / HTTP/1.1\r\nHost: a b`,
    `TRACE / HTTP/1.1\r\nHost: ${bare}`,
  ];
  const codes = new Set<number>();
  for (const request of requests) {
    const cookie = "Cookie: a=b; session=hers";
    const text = await house.server.exchange(
      `${request}\r\n${cookie}\r\nConnection: close\r\n\r\n`,
    );
    const [answer] = readAnswers(text, [request.split(" ")[0]!]);
    codes.add(answer!.status);
    assert(answer!.lines.every((line) => !/^set-cookie/i.test(line)), text);
    assert(!text.includes("hers"), "and none shows one");
  }
  assert(codes.size >= 5, `answers of many kinds: ${[...codes]}`);
});

Deno.test({
  name: "Alice's client listens nowhere: there is nothing on her machine to be reached",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using server = await ServerProcess.start();
    const config = await Deno.makeTempDir();
    try {
      await using client = startClient({ port: server.ports.http, target: 1, config });
      await client.event("ready");
      assertEquals(await listening(server.program.pid).then(({ length }) => length), 3);
      assertEquals(await listening(client.pid), []);
    } finally {
      await Deno.remove(config, { recursive: true });
    }
  },
});

/** What a process listens on. */
async function listening(pid: number): Promise<string[]> {
  const sockets = new Set<string>();
  for await (const { name } of Deno.readDir(`/proc/${pid}/fd`)) {
    const link = await Deno.readLink(`/proc/${pid}/fd/${name}`).catch(() => "");
    const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
    if (inode !== undefined) sockets.add(inode);
  }
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((name) => Deno.readTextFile(`/proc/${pid}/net/${name}`)),
  );
  const LISTEN = "0A";
  return tables.flatMap((table) => table.trim().split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((row) => row[3] === LISTEN && sockets.has(row[9]!))
    .map((row) => row[1]!);
}
