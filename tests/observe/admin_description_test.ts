/**
 * `/openapi.json` against a real server: everything that is described is there, answers as it is
 * described, and can be refused as it is described; and nothing else is there.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { mintToken } from "../../server/auth/mint.ts";
import type { ReloadReport, ServerConfig } from "../../server/mod.ts";
import { isObject, lookUp, schemaFaults } from "../support/json_schema.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { bootServer, parseAnswer } from "../support/tunnel_boot.ts";
import { AdminClient } from "./admin_client.ts";

const SECRET = "a-secret-of-32-bytes-or-so-for-a-test";
const TOKEN = "an-operator-of-this-test";

const CONFIG: Partial<ServerConfig> = {
  adminToken: TOKEN,
  auth: { kind: "jwt", secret: SECRET, revoked: ["sub:eve"] },
};

function tokenOf(sub: string): Promise<string> {
  const rights = { names: ["*"], ports: ["1-65535"], kinds: ["http", "tcp"] };
  return mintToken({ sub, ttlMs: 60_000, rights }, SECRET);
}

/** What takes a disk that fails, a hundred thousand entries, or a mistake of ours. */
const ELSEWHERE = /internal|not_stored|too_many/;

Deno.test("Admin: every operation answers, and refuses, as it is described", async () => {
  let report: ReloadReport = { ok: true, changed: ["max-body"], needsRestart: ["state"] };
  await using server = await bootServer(CONFIG, { reload: () => Promise.resolve(report) });
  const { port } = server.server.adminAddress;
  const admin = await AdminClient.open(port, TOKEN);
  await using _shop = await server.connect({
    target: 1,
    name: "shop",
    token: await tokenOf("ann"),
  });
  await using tcp = await server.connect({ target: 1, kind: "tcp", token: await tokenOf("bob") });
  const tcpPort = tcp.tunnel.name;

  for (const path of ["/healthz", "/readyz", "/metrics", "/openapi.json"]) {
    assertEquals((await admin.call("GET", path)).status, 200);
  }
  assertEquals((await admin.call("GET", "/tunnels")).json.length, 2);
  assertEquals((await admin.call("GET", "/tunnels/shop")).json.owner, "ann");
  assertEquals((await admin.call("GET", `/tunnels/${tcpPort}?kind=tcp`)).json.owner, "bob");
  assertEquals((await admin.call("GET", `/tunnels/${tcpPort}`)).status, 404);
  assertEquals((await admin.call("GET", "/leases")).json.length, 2);

  const ann = { sub: "ann" };
  const reserved = await admin.call("PUT", "/leases/shop", { json: ann });
  assertEquals([reserved.status, reserved.json.state], [201, "online"]);
  assertEquals((await admin.call("PUT", "/leases/shop", { json: ann })).status, 200);
  assertEquals((await admin.call("GET", "/leases/shop")).json, reserved.json);
  assertEquals((await admin.call("GET", "/leases/other")).json.error, "unknown_lease");
  const refusals: [method: string, path: string, json: unknown, code: string][] = [
    ["PUT", "/leases/shop", { sub: "bob" }, "name_taken"],
    ["PUT", "/leases/www", ann, "name_refused"],
    ["PUT", "/leases/1?kind=tcp", ann, "name_refused"],
    ["PUT", "/leases/x", { sub: "ann", name: "x" }, "invalid_body"],
    ["DELETE", "/leases/shop", undefined, "tunnel_online"],
    ["DELETE", "/leases/other", undefined, "unknown_lease"],
    ["DELETE", "/tunnels/other", undefined, "unknown_tunnel"],
    ["POST", "/revocations", { id: "aud:x" }, "invalid_body"],
    ["DELETE", "/revocations/sub%3Anobody", undefined, "unknown_revocation"],
    ["DELETE", "/revocations/sub%3Aeve", undefined, "from_file"],
  ];
  for (const [method, path, json, code] of refusals) {
    const { json: refused } = await admin.call(method, path, { json });
    assertEquals(refused?.error, code, `${method} ${path}`);
  }
  assertEquals((await admin.call("DELETE", "/tunnels/shop")).status, 204);
  assertEquals((await admin.call("DELETE", "/leases/shop")).status, 204);

  const revoked = await admin.call("POST", "/revocations", { json: { id: "sub:bob" } });
  assertEquals([revoked.status, revoked.json], [201, { id: "sub:bob", source: "api" }]);
  const again = await admin.call("POST", "/revocations", { json: { id: "sub:bob" } });
  assertEquals([again.status, again.json], [200, revoked.json]);
  assertEquals((await admin.call("GET", "/revocations")).json, [
    { id: "sub:bob", source: "api" },
    { id: "sub:eve", source: "file" },
  ]);
  assertEquals((await admin.call("DELETE", "/revocations/sub%3Abob")).status, 204);

  assertEquals((await admin.call("POST", "/reload")).json, {
    changed: ["max-body"],
    needsRestart: ["state"],
  });
  report = { ok: false, reason: "server.toml:3: no such key" };
  assertEquals((await admin.call("POST", "/reload")).json, {
    error: "reload_failed",
    message: "server.toml:3: no such key",
  });

  // What all of them refuse.
  for (const { method, path, operation } of admin.operations) {
    const at = path.replace("{name}", "x").replace("{id}", "sub%3Ax");
    const verb = method.toUpperCase();
    await admin.call(verb, `${at}?unknown=1`, verb === "GET" ? {} : { json: {} });
    await admin.call(verb, at, { headers: { origin: "http://127.0.0.1" } });
    if ((operation.security as unknown[]).length === 0) continue;
    await admin.call(verb, at, { token: "wrong" });
    if (operation.requestBody === undefined) continue;
    await admin.call(verb, at, { body: "{}", headers: { "content-type": "text/plain" } });
    await admin.call(verb, at, { json: "x".repeat(20_000) });
  }

  const missing = Array.from(admin.described())
    .filter((outcome) => !admin.outcomes.has(outcome) && !ELSEWHERE.test(outcome))
    // Below, with servers of another kind.
    .filter((outcome) => !/no_names|no_auth|not_reloadable|host_refused|readyz|503/.test(outcome));
  assertEquals(missing, []);
});

Deno.test("Admin: a server without names, tokens or settings to read says so", async () => {
  await using server = await bootServer({ adminToken: TOKEN, single: true });
  const admin = await AdminClient.open(server.server.adminAddress.port, TOKEN);
  const owner = "key." + "0".repeat(52);
  const rows: [method: string, path: string, json: unknown, code: string][] = [
    ["PUT", "/leases/x", { owner }, "no_names"],
    ["PUT", "/leases/x", { sub: "ann" }, "no_auth"],
    ["POST", "/revocations", { id: "sub:ann" }, "no_auth"],
    ["POST", "/reload", undefined, "not_reloadable"],
  ];
  for (const [method, path, json, code] of rows) {
    assertEquals((await admin.call(method, path, { json })).json.error, code);
  }
  // Ports there are, also there.
  assertEquals(
    (await admin.call("PUT", "/leases/30000?kind=tcp", { json: { owner } })).status,
    201,
  );
  assertEquals((await admin.call("DELETE", "/leases/30000?kind=tcp")).status, 204);
});

Deno.test("Admin: a stopping server is not ready, and says so as described", async () => {
  await using server = await bootServer({ adminToken: TOKEN });
  const admin = await AdminClient.open(server.server.adminAddress.port, TOKEN);
  // A request that is under way keeps it from being done at once.
  using visitor = await server.visit();
  await visitor.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n");
  const stopped = server.server.stop();
  await server.log.first(({ name }) => name === "stopping");
  assertEquals((await admin.call("GET", "/readyz")).status, 503);
  await server.server.stop({ now: true });
  await stopped;
});

Deno.test("Admin: what is described is what is there, and the other way round", async () => {
  await using server = await bootServer({ adminToken: TOKEN });
  const { port } = server.server.adminAddress;
  const admin = await AdminClient.open(port, TOKEN);
  const there = new Set(admin.operations.map(({ method, path }) => `${method} ${path}`));
  const paths = new Set(admin.operations.map(({ path }) => path));
  for (const path of paths) {
    for (const method of ["get", "put", "post", "delete", "patch"]) {
      const response = await admin.send(method.toUpperCase(), path.replace(/\{\w+\}/g, "x"));
      await response.body?.cancel();
      const isThere = there.has(`${method} ${path}`);
      assertEquals(response.status !== 405, isThere, `${method} ${path}`);
      if (isThere) continue;
      const allowed = response.headers.get("allow")!.toLowerCase().split(", ");
      for (const one of allowed) assert(there.has(`${one} ${path}`), `${one} ${path}`);
    }
  }
  for (const path of ["/", "/tunnels/", "/tunnels/a/b", "/Tunnels", "/openapi.yaml", "//leases"]) {
    const response = await admin.send("GET", path);
    assertEquals([response.status, (await response.json()).error], [404, "not_found"], path);
  }
});

Deno.test("Admin: who needs the token is as described, on loopback and on a network", async () => {
  for (const hostname of ["127.0.0.1", "0.0.0.0"]) {
    await using server = await bootServer({ adminToken: TOKEN, admin: { hostname, port: 0 } });
    const admin = await AdminClient.open(server.server.adminAddress.port, TOKEN);
    for (const { method, path, operation } of admin.operations) {
      const security = operation.security as object[];
      const isFree = security.length === 0 ||
        (hostname === "127.0.0.1" && security.some((one) => Object.keys(one).length === 0));
      const at = path.replace(/\{\w+\}/g, "sub:x");
      const { status } = await admin.call(method, at, { token: null });
      assertEquals(status !== 401, isFree, `${method} ${path} on ${hostname}`);
    }
  }
});

Deno.test("Admin: a Host that is not the server's own is refused as described", async () => {
  await using server = await bootServer({ adminToken: TOKEN });
  const { port } = server.server.adminAddress;
  const admin = await AdminClient.open(port, TOKEN);
  for (const { method, path, operation } of admin.operations) {
    if ((operation.security as unknown[]).length === 0) continue;
    using connection = await RawConnection.to(port);
    await connection.send(
      `${method.toUpperCase()} ${
        path.replace(/\{\w+\}/g, "x")
      } HTTP/1.1\r\nHost: evil.example\r\n` +
        `Authorization: Bearer ${TOKEN}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    );
    const answer = parseAnswer(await connection.takeToEnd());
    assertEquals([answer.status, JSON.parse(answer.body).error], [403, "host_refused"]);
    const responses = operation.responses as Record<number, unknown>;
    assert(JSON.stringify(responses[403]).includes("host_refused"));
  }
});

Deno.test("Admin: the description is OpenAPI 3.1, whole and without loose ends", async () => {
  await using server = await bootServer({ adminToken: TOKEN });
  const { document, operations } = await AdminClient.open(server.server.adminAddress.port, TOKEN);
  assertEquals(lookUp(document, "#/openapi"), "3.1.0");
  for (const key of ["title", "version"]) assert(lookUp(document, `#/info/${key}`));
  const ids = operations.map(({ operationId }) => operationId);
  assertEquals(new Set(ids).size, ids.length);
  for (const { path, operation } of operations) {
    const parameters = operation.parameters as Record<string, unknown>[] ?? [];
    const inPath = parameters.filter((one) => one.in === "path");
    assertEquals(
      inPath.map(({ name }) => `{${name}}`),
      path.match(/\{\w+\}/g) ?? [],
      `${path}: its parameters`,
    );
    assert(inPath.every(({ required }) => required === true));
  }
  // Every schema is one that the checks above understand, and every reference leads somewhere.
  const used = new Set<string>();
  const visit = (value: unknown, at: string): void => {
    if (Array.isArray(value)) return value.forEach((one, index) => visit(one, `${at}/${index}`));
    if (!isObject(value)) return;
    if (typeof value.$ref === "string") {
      used.add(value.$ref);
      lookUp(document, value.$ref);
    }
    if (isObject(value.schema)) schemaFaults(null, value.schema, document);
    for (const [key, inner] of Object.entries(value)) visit(inner, `${at}/${key}`);
  };
  visit(document, "#");
  const schemas = lookUp(document, "#/components/schemas");
  assert(isObject(schemas));
  assertEquals(
    [...used].sort(),
    Object.keys(schemas).map((name) => `#/components/schemas/${name}`).sort(),
  );
});
