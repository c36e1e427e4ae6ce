/**
 * The admin side under attack: by web pages in an operator's browser, by names and bodies that
 * make no sense, by guessing, and by operators who do everything at once.
 *
 * @module
 */

import { assert, assertEquals, assertLess } from "@std/assert";
import { makeLog } from "../../server/log/log.ts";
import { RawConnection } from "../support/raw_connection.ts";
import {
  type BootedServer,
  bootServer,
  parseAnswer,
  type RawAnswer,
} from "../support/tunnel_boot.ts";
import { AdminClient } from "./admin_client.ts";

const TOKEN = "an-operator-of-this-test";
const OWNER = "key." + "0".repeat(52);
const OTHER = "key." + "1".repeat(52);

async function setUp(): Promise<AsyncDisposable & { server: BootedServer; admin: AdminClient }> {
  const server = await bootServer({ adminToken: TOKEN });
  const admin = await AdminClient.open(server.server.adminAddress.port, TOKEN);
  return { server, admin, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Sends bytes to the admin side; the answer is read to its end. */
async function exchange(server: BootedServer, ...lines: string[]): Promise<RawAnswer> {
  using connection = await RawConnection.to(server.server.adminAddress.port);
  await connection.send([...lines, "Connection: close", "", ""].join("\r\n"));
  return parseAnswer(await connection.takeToEnd());
}

Deno.test("Admin: what a page in an operator's browser can send changes nothing and tells nothing", async () => {
  await using one = await setUp();
  const { server, admin } = one;
  const { port } = server.server.adminAddress;
  const local = `Host: 127.0.0.1:${port}`;
  const rows: [request: string, lines: string[], status: number, code: string][] = [
    // A form, or fetch() without asking first.
    [
      "POST /reload",
      [local, "Origin: https://evil.example", "Content-Length: 0"],
      403,
      "origin_refused",
    ],
    ["POST /revocations", [local, "Origin: null", "Content-Length: 0"], 403, "origin_refused"],
    [
      "POST /reload",
      [local, "Sec-Fetch-Site: cross-site", "Content-Length: 0"],
      403,
      "origin_refused",
    ],
    ["GET /tunnels", [local, "Sec-Fetch-Site: same-site"], 403, "origin_refused"],
    // The question whether it may ask.
    ["OPTIONS /leases/a", [local, "Origin: https://evil.example"], 403, "origin_refused"],
    // A name of its own that was pointed at this address.
    [
      "GET /tunnels",
      [`Host: evil.example:${port}`, "Sec-Fetch-Site: same-origin"],
      403,
      "origin_refused",
    ],
    ["GET /tunnels", [`Host: evil.example:${port}`], 403, "host_refused"],
    ["POST /reload", [`Host: evil.example:${port}`, "Content-Length: 0"], 403, "host_refused"],
    // Neither says who it is, as from an old browser: the token is still missing.
    ["POST /reload", [local, "Content-Length: 0"], 401, "token_refused"],
    ["DELETE /tunnels/a", [local], 401, "token_refused"],
    ["PUT /leases/a", [local, "Content-Length: 0"], 401, "token_refused"],
    ["POST /revocations", [local, "Content-Length: 0"], 401, "token_refused"],
    ["DELETE /revocations/sub%3Aa", [local], 401, "token_refused"],
  ];
  for (const [request, lines, status, code] of rows) {
    const answer = await exchange(server, `${request} HTTP/1.1`, ...lines);
    assertEquals([answer.status, JSON.parse(answer.body).error], [status, code], request);
    assertEquals(answer.header("access-control-allow-origin"), undefined);
  }
  assertEquals((await admin.call("GET", "/leases")).json, []);
});

Deno.test("Admin: guessing costs a line now and then, and is counted", async () => {
  await using one = await setUp();
  const { server, admin } = one;
  for (let round = 0; round < 10; round++) {
    await Promise.all(Array.from({ length: 50 }, async (_, index) => {
      const token = `${TOKEN.slice(0, -1)}${String.fromCharCode(97 + index % 26)}x`;
      assertEquals((await admin.call("DELETE", "/tunnels/a", { token })).status, 401);
    }));
  }
  const lines = server.log.all.filter(({ name }) => name === "admin_refused");
  assertLess(lines.length, 4);
  assertEquals(lines[0], {
    name: "admin_refused",
    fields: { reason: "token_refused", count: 1 },
  });
});

Deno.test("Admin: names that are none are refused, and forge nothing in the log", async () => {
  await using one = await setUp();
  const { server, admin } = one;
  const odd = [
    ...[
      "a\r\nevent=listening",
      "a\0b",
      "../../leases",
      "a/b",
      "%",
      "%25",
      "ü",
      "A",
      " a",
      "a b",
    ],
    ...["__proto__", "-a", "a-", "xn--a", "a".repeat(63) + "b", "💥".repeat(20)],
  ];
  for (const name of odd) {
    const at = `/leases/${encodeURIComponent(name)}`;
    const { status } = await admin.call("PUT", at, { json: { owner: OWNER } });
    assert(status === 422 || status === 400, `${JSON.stringify(name)}: ${status}`);
    for (const method of ["GET", "DELETE"]) {
      for (const path of [at, `/tunnels/${encodeURIComponent(name)}`]) {
        const gone = await admin.call(method, path);
        assert(gone.status === 404 || gone.status === 400, `${method} ${path}: ${gone.status}`);
      }
    }
  }
  for (const port of ["0", "65536", "-1", "1e4", "030000", "30000.0", "0x7530", " 30000"]) {
    const at = `/leases/${encodeURIComponent(port)}?kind=tcp`;
    assertEquals((await admin.call("PUT", at, { json: { owner: OWNER } })).status, 422, port);
    assertEquals((await admin.call("GET", at)).status, 404, port);
  }
  for (const path of ["/leases/%ff", "/leases/%c3%28", "/leases/%", "/revocations/%e0%80"]) {
    const answer = await admin.send("GET", path);
    await answer.body?.cancel();
    assert(answer.status < 500, `${path}: ${answer.status}`);
  }
  assertEquals((await admin.call("GET", "/leases")).json, []);
  // What does get in is written by the log as one line.
  const id = "sub:a\u2028event=x \u001b[31m";
  const refused = await admin.call("POST", "/revocations", { json: { id } });
  assertEquals(refused.status, 400);
  let text = "";
  const write = (line: Uint8Array) => text += new TextDecoder().decode(line);
  makeLog({ form: "text", level: "info", write, wallTime: () => 0 }).event("revoked", { id });
  assertEquals(text.match(/[^\x20-\x7e]/g), ["\n"]);
  assertEquals(server.log.all.filter(({ name }) => name === "fault"), []);
});

Deno.test("Admin: parameters that make no sense are refused, and never passed over", async () => {
  await using one = await setUp();
  const { admin } = one;
  await admin.call("PUT", "/leases/30000", { json: { owner: OWNER } });
  for (
    const query of [
      ...[
        "knid=tcp",
        "kind=",
        "kind=TCP",
        "kind=udp",
        "kind=tcp&kind=http",
        "kind=http&x",
        "limit=1",
      ],
      ...["__proto__=1", "%6bind=x"],
    ]
  ) {
    assertEquals((await admin.call("DELETE", `/leases/30000?${query}`)).status, 400, query);
  }
  for (const limit of ["0", "-1", "1001", "1.5", "x", "", "1e1", "٣", "9".repeat(40)]) {
    const at = `/leases?limit=${encodeURIComponent(limit)}`;
    assertEquals((await admin.call("GET", at)).status, 400, limit);
  }
  assertEquals((await admin.call("GET", "/leases?after=zzz")).json, []);
  assertEquals((await admin.call("GET", `/leases?after=${"z".repeat(521)}`)).status, 400);
  // The escape is the same word.
  assertEquals((await admin.call("DELETE", "/leases/30000?%6bind=http")).status, 204);
});

Deno.test("Admin: bodies that make no sense are refused, and large ones not read", async () => {
  await using one = await setUp();
  const { server, admin } = one;
  const json = { "content-type": "application/json" };
  const rows: [
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string>,
    status: number,
  ][] = [
    ["", json, 400],
    ["{", json, 400],
    [`{"owner":"${OWNER}","owner":"${OWNER}"}`, json, 400],
    [`{"owner":"${OWNER}","\\u006fwner":"${OWNER}"}`, json, 400],
    [`{"__proto__":"x","owner":"${OWNER}"}`, json, 400],
    [new Uint8Array([0x22, 0xff, 0x22]), json, 400],
    ["[".repeat(10_000), json, 400],
    [`{"owner":"${OWNER}"}${" ".repeat(20_000)}`, json, 413],
    [`owner=${OWNER}`, { "content-type": "application/x-www-form-urlencoded" }, 415],
    [`{"owner":"${OWNER}"}`, { "content-type": "text/plain" }, 415],
    [`{"owner":"${OWNER}"}`, { "content-type": "application/jsonp" }, 415],
  ];
  for (const [body, headers, status] of rows) {
    const answer = await admin.call("PUT", "/leases/a", { body, headers });
    assertEquals(answer.status, status, String(body).slice(0, 60));
  }
  const utf8 = { "content-type": "application/json; charset=utf-8" };
  const body = `{"owner":"${OWNER}"}`;
  assertEquals((await admin.call("PUT", "/leases/a", { body, headers: utf8 })).status, 201);

  // Far more than is taken is not waited for.
  using connection = await RawConnection.to(server.server.adminAddress.port);
  await connection.send(
    `PUT /leases/b HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\n` +
      "Content-Type: application/json\r\nContent-Length: 10000000000\r\n\r\n" +
      "x".repeat(64 * 1024),
  );
  const head = await connection.take((text) => text.includes("body_too_large"));
  assert(head.startsWith("HTTP/1.1 413 "));
});

Deno.test("Admin: two operators at once leave a name with one owner, and the journal says the same", async () => {
  await using one = await setUp();
  const { server, admin } = one;
  const statuses = new Map<string, number>();
  const call = async (method: string, json?: unknown) => {
    const { status } = await admin.call(method, "/leases/shop", json === undefined ? {} : { json });
    statuses.set(`${method} ${status}`, (statuses.get(`${method} ${status}`) ?? 0) + 1);
  };
  await Promise.all(Array.from({ length: 300 }, (_, index) => {
    if (index % 3 === 2) return call("DELETE");
    return call("PUT", { owner: index % 3 === 0 ? OWNER : OTHER });
  }));
  const count = (what: string) => statuses.get(what) ?? 0;
  assertEquals(count("PUT 201") + count("PUT 200") + count("PUT 409"), 200);
  assertEquals(count("DELETE 204") + count("DELETE 404"), 100);
  // Every reservation was freed once, but perhaps the last one.
  const { json: left } = await admin.call("GET", "/leases");
  assertEquals(count("PUT 201") - count("DELETE 204"), left.length);
  await server.restart();
  assertEquals((await admin.call("GET", "/leases")).json, left);
});
