/**
 * SIGHUP while visitors come: keys, rules, revocations and limits change, and who is not meant by
 * a change does not notice it.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { KeepAliveVisitor } from "../e2e/endurance_visitor.ts";
import { figure } from "../e2e/streaming_bytes.ts";
import { goodClaims, TokenSigner } from "../support/token_signer.ts";
import { ReloadWorld } from "./reload_world.ts";

const posix = { ignore: Deno.build.os === "windows" };

const ROUNDS = 12;

/** Visitors of each tunnel with one connection for all of their requests. */
const KEPT_ALIVE = 3;

const CONFIG = `jwks = "keys.json"\ngrants = "grants.json"\nrevoked = "revoked"\n`;

/** Keys of some signers. */
function keysOf(...signers: readonly TokenSigner[]): string {
  return JSON.stringify({ keys: signers.map(({ jwk }) => jwk) });
}

/** What the jobs of a CI may do, with some limits. */
function grantsWith(limits: Record<string, number>): string {
  const grant = { names: ["{project}-*"], kinds: ["http"], ...limits };
  const when = { project: ["acme"] };
  return JSON.stringify([{ issuer: "ci", jwks: "ci.json", when, grant }]);
}

/** Visitors of one tunnel, who come until they are stopped; the first failure ends it. */
async function visitAll(port: number, host: string, signal: AbortSignal): Promise<number> {
  let served = 0;
  const ask = async (visitor: KeepAliveVisitor) => {
    assertEquals(await visitor.get("/"), { status: 200, body: "hello" });
    served++;
  };
  const keptAlive = Array.from({ length: KEPT_ALIVE }, async () => {
    using visitor = await KeepAliveVisitor.connect(port, host);
    while (!signal.aborted) await ask(visitor);
  });
  const fresh = async () => {
    while (!signal.aborted) {
      using visitor = await KeepAliveVisitor.connect(port, host);
      await ask(visitor);
    }
  };
  await Promise.all([...keptAlive, fresh()]);
  return served;
}

Deno.test(
  "Reload: keys, rules, revocations and limits change under load, and no visitor notices",
  posix,
  async () => {
    const [a, b, ci] = [
      await TokenSigner.pair("ES256", "a"),
      await TokenSigner.pair("ES256", "b"),
      await TokenSigner.pair("RS256", "ci"),
    ];
    await using app = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response("hello"),
    );
    await using world = await ReloadWorld.start(CONFIG, undefined, {
      "keys.json": keysOf(a),
      "ci.json": keysOf(ci),
      "grants.json": grantsWith({ tunnels: 1 }),
      "revoked": "",
    });
    const { http } = world.server.ports;
    const open = (name: string, token: string) => {
      const args = [`${app.addr.port}`, "-e", `http://127.0.0.1:${http}`, "-s", name];
      return world.startClient(args, token);
    };
    const job = { iss: "ci", project: "acme" };
    const own = open("shop", await a.sign(goodClaims({ names: ["shop"] })));
    const mapped = open("acme-7", await ci.sign(goodClaims(job)));
    const eve = open("eve", await a.sign(goodClaims({ names: ["eve"], sub: "eve" })));
    for (const client of [own, mapped, eve]) await client.event("ready");

    const stop = new AbortController();
    const load = Promise.all(
      ["shop.localhost", "acme-7.localhost"].map((host) => visitAll(http, host, stop.signal)),
    );
    load.catch(() => {});
    const reload = async () => {
      const said = await Promise.race([world.reload(), load.then(() => [])]);
      assertEquals(said.at(-1)?.event, "reload_done");
      return said.map(({ setting }) => setting).filter((setting) => setting !== undefined);
    };
    for (let round = 1; round <= ROUNDS; round++) {
      const isEven = round % 2 === 0;
      world.write("keys.json", isEven ? keysOf(a) : keysOf(a, b));
      world.write("grants.json", grantsWith({ tunnels: 1 + round, streams: 1000 + round }));
      world.write("revoked", `jti:somebody-${round}\n`);
      world.write(
        "server.toml",
        `${CONFIG}max_body = ${1000 * round}\nidle_timeout = ${20 + round}\n`,
      );
      const changed = await reload();
      assertEquals(changed.sort(), ["grants", "idle-timeout", "jwks", "max-body", "revoked"]);
    }

    // Whoever is meant is out at once: by a revocation, by a key that is gone, by a rule.
    world.write("keys.json", keysOf(a, b));
    await reload();
    const late = open("late", await b.sign(goodClaims({ names: ["late"], sub: "late" })));
    await late.event("ready");
    world.write("revoked", "sub:eve\n");
    world.write("keys.json", keysOf(a));
    await reload();
    assertEquals((await eve.event("error")).code, "token_revoked");
    assertEquals((await late.event("error")).code, "token_revoked");
    for (const client of [eve, late]) assertEquals((await client.status).code, 3);

    stop.abort();
    const served = await load;
    figure(`${ROUNDS + 2} reloads: ${served.join(" and ")} requests, none failed`);
    assert(served.every((count) => count > ROUNDS), "there was a load");
    assertEquals(
      [own, mapped].map(({ events }) =>
        events.all.map(({ event }) => event).filter((event) => event !== "request")
      ),
      [["ready"], ["ready"]],
    );
  },
);
