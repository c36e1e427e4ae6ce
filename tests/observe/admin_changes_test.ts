/**
 * What operators change takes effect: names set aside and freed, tokens denied, settings read anew.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { TunnelError } from "../../client/mod.ts";
import { mintToken } from "../../server/auth/mint.ts";
import { ReloadWorld } from "../operations/reload_world.ts";
import { type BootedClient, type BootedServer, bootServer } from "../support/tunnel_boot.ts";
import { AdminClient } from "./admin_client.ts";

const SECRET = "a-secret-of-32-bytes-or-so-for-a-test";
const TOKEN = "an-operator-of-this-test";
const RIGHTS = { names: ["*"], ports: ["1-65535"], kinds: ["http", "tcp"] };

class World implements AsyncDisposable {
  readonly server: BootedServer;
  readonly admin: AdminClient;

  constructor(server: BootedServer, admin: AdminClient) {
    this.server = server;
    this.admin = admin;
  }

  async connect(sub: string, { issuer, name = "shop" }: { issuer?: string; name?: string } = {}) {
    const token = await mintToken({ sub, issuer, ttlMs: 600_000, rights: RIGHTS }, SECRET);
    return await this.server.connect({ target: 1, name, token });
  }

  /** The code and the message that somebody gets instead of the name. */
  async refusal(sub: string, options: { issuer?: string; name?: string } = {}): Promise<string> {
    const error = await assertRejects(() => this.connect(sub, options), TunnelError);
    return `${error.code}: ${error.message}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}

async function world(): Promise<World> {
  const server = await bootServer({ adminToken: TOKEN, auth: { kind: "jwt", secret: SECRET } });
  return new World(server, await AdminClient.open(server.server.adminAddress.port, TOKEN));
}

/** Waits until a client's tunnel is gone, and the server knows. */
async function leave(server: BootedServer, client: BootedClient): Promise<void> {
  const seen = server.log.all.length;
  await client.tunnel.close();
  await server.log.first(({ name }) => name === "session_closed", seen);
}

Deno.test("Admin: a reserved name is one owner's, over a restart, until it is released", async () => {
  await using one = await world();
  const { server, admin } = one;
  const reserved = await admin.call("PUT", "/leases/shop", { json: { sub: "ann" } });
  assertEquals([reserved.json.reserved, reserved.json.state], [true, "offline"]);
  const taken = "name_taken: The name 'shop' is set aside for somebody else";
  assertEquals(await one.refusal("bob"), taken);
  await server.restart();
  assertEquals((await admin.call("GET", "/leases")).json, [reserved.json]);
  assertEquals(await one.refusal("bob"), taken);
  {
    await using ann = await one.connect("ann");
    assertEquals((await admin.call("GET", "/leases/shop")).json.state, "online");
    await leave(server, ann);
  }
  assertEquals(await one.refusal("bob"), taken);
  assertEquals((await admin.call("DELETE", "/leases/shop")).status, 204);
  await using _bob = await one.connect("bob");
  const told = server.log.all.filter(({ name }) => /^lease_/.test(name));
  const { owner } = reserved.json;
  const ann = { sub: "ann", issuer: "tun" };
  assertEquals(told, [
    { name: "lease_reserved", fields: { kind: "http", name: "shop", owner, ...ann } },
    { name: "lease_released", fields: { kind: "http", name: "shop", owner } },
  ]);
});

Deno.test("Admin: an owner is an issuer and a subject, or what /leases shows", async () => {
  await using one = await world();
  const { admin } = one;
  const other = { sub: "ann", issuer: "https://ci.example" };
  await admin.call("PUT", "/leases/shop", { json: other });
  assertMatch(await one.refusal("ann"), /^name_taken/);
  const client = await one.connect("ann", { issuer: other.issuer });
  const { owner } = (await admin.call("GET", "/leases/shop")).json;
  assertEquals((await admin.call("PUT", "/leases/store", { json: { owner } })).status, 201);
  const namesOf = async (query: string) => {
    const { json } = await admin.call("GET", `/leases?${query}`);
    return json.map(({ name }: { name: string }) => name);
  };
  const issuer = encodeURIComponent(other.issuer);
  assertEquals(await namesOf(`sub=ann&issuer=${issuer}`), ["shop", "store"]);
  assertEquals(await namesOf("sub=ann"), []);
  assertEquals((await admin.call("GET", `/leases?issuer=${issuer}`)).status, 400);
  const { headers } = await admin.call("GET", `/leases?limit=1&sub=ann&issuer=${issuer}`);
  const next = /^<([^>]+)>; rel="next"$/.exec(headers.get("link")!)![1]!;
  assertEquals((await admin.call("GET", next)).json[0].name, "store");
  await leave(one.server, client);
  await using _store = await one.connect("ann", { issuer: other.issuer, name: "store" });
  for (
    const json of [
      {},
      { issuer: "x" },
      { sub: "" },
      { sub: "a\nb" },
      { sub: "a".repeat(513) },
      { sub: 7 },
      { sub: ["ann"] },
      { sub: "ann", owner },
      { owner: "ann" },
      { owner: owner.toUpperCase() },
      [],
      null,
      "ann",
    ]
  ) {
    const answer = await admin.call("PUT", "/leases/x", { json });
    assertEquals(answer.json.error, "invalid_body", JSON.stringify(json));
  }
});

Deno.test("Admin: a tunnel that is taken away leaves a reserved name to its owner", async () => {
  await using one = await world();
  const { admin } = one;
  await using ann = await one.connect("ann");
  await admin.call("PUT", "/leases/shop", { json: { sub: "ann" } });
  assertEquals((await admin.call("DELETE", "/leases/shop")).json.error, "tunnel_online");
  await admin.call("DELETE", "/tunnels/shop");
  assertEquals((await ann.tunnel.closed).code, "removed");
  assertMatch(await one.refusal("bob"), /^name_taken/);
  await using _again = await one.connect("ann");
});

Deno.test("Admin: whoever is denied is out at once, also after a restart, until it is lifted", async () => {
  await using one = await world();
  const { server, admin } = one;
  // As long and as odd as a CI system's.
  const sub = "repo:o/r:ref:refs/heads/main?x=ü#%2f";
  const id = `sub:${sub}`;
  await using client = await one.connect(sub);
  await using _other = await one.connect("bob", { name: "other" });
  assertEquals((await admin.call("POST", "/revocations", { json: { id } })).status, 201);
  assertEquals((await client.tunnel.closed).code, "token_revoked");
  assertEquals(server.server.sessions, 1);
  assertMatch(await one.refusal(sub, { name: "x" }), /^token_revoked/);
  await server.restart();
  assertMatch(await one.refusal(sub, { name: "x" }), /^token_revoked/);
  assertEquals((await admin.call("GET", "/revocations")).json, [{ id, source: "api" }]);
  const path = `/revocations/${encodeURIComponent(id)}`;
  assertEquals((await admin.call("DELETE", path)).status, 204);
  assertEquals((await admin.call("DELETE", path)).json.error, "unknown_revocation");
  await using _again = await one.connect(sub);
  const told = server.log.all.filter(({ name }) => /^revo/.test(name));
  assertEquals(told, [
    { name: "revoked", fields: { id } },
    { name: "revocation_lifted", fields: { id } },
  ]);
});

Deno.test("Admin: revocations that cannot be stored are in force, and say so", async () => {
  await using one = await world();
  const { server, admin } = one;
  // A directory where the file should go.
  await Deno.mkdir(`${server.config.state}/revoked.new`);
  await using client = await one.connect("ann");
  const answer = await admin.call("POST", "/revocations", { json: { id: "sub:ann" } });
  assertEquals([answer.status, answer.json.error], [503, "not_stored"]);
  assertEquals((await client.tunnel.closed).code, "token_revoked");
});

Deno.test("Admin: a reload by request is one by signal, and many at once are one after the other", async () => {
  await using reloading = await ReloadWorld.start(`admin_token = "${TOKEN}"\nmax_body = 10\n`);
  const { admin: port } = reloading.server.ports;
  let admin = await AdminClient.open(port, TOKEN);
  const lines = `admin_token = "${TOKEN}"\nmax_body = 20\ndomain = "b.example"\n`;
  reloading.write("server.toml", lines);
  assertEquals((await admin.call("POST", "/reload")).json, {
    changed: ["max-body"],
    needsRestart: ["domain"],
  });
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => admin.call("POST", "/reload")),
  );
  for (const { json } of answers) assertEquals(json, { changed: [], needsRestart: ["domain"] });

  reloading.write("server.toml", `${lines}idle_timeout = "soon"\n`);
  const { status, json } = await admin.call("POST", "/reload");
  assertEquals([status, json.error], [422, "reload_failed"]);
  assertMatch(json.message, /server\.toml.*idle_timeout/);

  const next = `${TOKEN}-or-the-next`;
  reloading.write("server.toml", lines.replace(TOKEN, next));
  assertEquals((await admin.call("POST", "/reload")).json.changed, ["admin-token"]);
  assertEquals((await admin.call("POST", "/reload")).json.error, "token_refused");
  admin = await AdminClient.open(port, next);
  // Without one: that of the state directory, which is made.
  reloading.write("server.toml", lines.replace(/^.*\n/, ""));
  assertEquals((await admin.call("POST", "/reload")).json.changed, ["admin-token"]);
  assertEquals((await admin.call("POST", "/reload")).json.error, "token_refused");
  const kept = await Deno.readTextFile(`${reloading.server.state}/admin-token`);
  admin = await AdminClient.open(port, kept.trim());
  assertEquals((await admin.call("POST", "/reload")).status, 200);
  const printed = JSON.stringify(reloading.server.program.events.all);
  for (const token of [TOKEN, next, kept.trim()]) assert(!printed.includes(token));
});
