/**
 * Clients that come in and that are refused, visitors, operators, mistakes in the config.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { randomSecret } from "./planted.ts";
import { HAS_TERMINAL } from "./recorded_program.ts";
import type { SecretWorld } from "./secret_world.ts";
import { forgeWebhooks, knock, operate, visit } from "./visits.ts";

/** Clients whose tokens do not do; each is told so, and ends. */
async function refusedClients(world: SecretWorld, target: number): Promise<void> {
  const tokens = {
    expired: await world.token("an expired token", { exp: 1_600_000_000 }),
    revoked: await world.token("a revoked token", { jti: "denied" }),
    forged: await world.token("a forged token", {}, "another secret, that is as long as ours is"),
    malformed: world.secrets.plantToken(
      "a malformed token",
      `a.${randomSecret()}.${randomSecret()}`,
    ),
    word: world.secrets.plant("a token that is none"),
    nameless: await world.token("a token without the name", { names: ["other"] }),
  };
  const form = world.options.log === "json" ? "--json" : "-v";
  await Promise.all(
    Object.entries(tokens).map(async ([name, token]) => {
      const code = await world.runClient(`client with a token, ${name}`, {
        args: ["http", String(target), "-s", "shop", form],
        env: { TUN_TOKEN: token },
      });
      assertEquals(code, name === "nameless" ? 4 : 3, name);
    }),
  );
}

/** Settings in which somebody has made a mistake beside a secret. */
function brokenConfigs(world: SecretWorld): readonly string[] {
  const { jwtSecret, adminToken, goodConfig, visitor: { query } } = world;
  return [
    `${goodConfig}admin_token = "${adminToken}`,
    `${goodConfig}admin_token = ${adminToken}`,
    `${goodConfig}admin_token = """${adminToken}`,
    `${goodConfig}admin_token = '''\n${adminToken}`,
    `${goodConfig}admin_token = ["${adminToken}"]`,
    `${goodConfig}admin_token = { is = "${adminToken}" }`,
    `${goodConfig}admin_token "${adminToken}"`,
    `${goodConfig}admin_tokn = "${adminToken}"`,
    `${goodConfig}jwt_secret = "${jwtSecret}"\njwt_secret = "${jwtSecret}"`,
    `jwks = '{"kty":"oct","k":"${btoa(jwtSecret)}"}'`,
    `jwks = '{"kty":"oct","k":"${btoa(jwtSecret)}"'`,
    `jwks = [{ k = "${jwtSecret}" }]`,
    `jwks = "ftp://ada:${query}@localhost/?key=${query}"`,
    `public_url = "ftp://ada:${query}@localhost/?key=${query}"`,
    `public_url = "https://localhost/?key=${query}"`,
    `domain = "ada:${query}@localhost"`,
    `tls_cert = "key.pem"\ntls_key = "cert.pem"`,
    `tls_cert = "cert.pem"\ntls_key = "jwt-secret"`,
    `revoked = "jwt-secret"`,
    `grants = "jwt-secret"`,
    `trusted_proxies = "http://ada:${query}@127.0.0.1"`,
  ];
}

/** A day of a server with tokens: everything that is written about happens. */
export async function badDay(world: SecretWorld): Promise<void> {
  const { login, webhookSecret } = world;
  const app = world.app();

  const token = await world.token("a token");
  const env = { TUN_TOKEN: token, TUN_BASIC_AUTH: login };
  await world.client("client of http", {
    args: [String(app), "-s", "shop", "-v"],
    env,
  });
  await world.client("client with JSON", { args: [String(app), "-s", "json", "--json"], env });
  world.write("webhook-secret", webhookSecret);
  world.write("token", token);
  const file = world.write(
    "tun.toml",
    `token_file = "token"\n[tunnels.hook]\ntarget = ${app}\nsubdomain = "hook"\n` +
      `verify_webhook = "github"\nwebhook_secret_file = "webhook-secret"\n` +
      `[tunnels.guarded]\ntarget = ${app}\nsubdomain = "guarded"\nbasic_auth = ${
        JSON.stringify(login)
      }\n`,
  );
  const two = await world.client("client of a file", { args: ["start", "--config", file, "-v"] });
  for (const name of ["hook", "guarded"]) await two.until(new RegExp(`//${name}\\.localhost`));
  await world.client("client without an app", { args: ["1", "-s", "down", "-v"], env });
  if (HAS_TERMINAL) {
    await world.client("client on a terminal", {
      args: [String(app), "-s", "live"],
      env,
      onTerminal: true,
    });
  }
  assertEquals(
    await world.runClient("login", { args: ["login"], stdin: `${token}\n` }),
    0,
  );

  for (const name of ["shop", "json", "guarded", "down", ...HAS_TERMINAL ? ["live"] : []]) {
    await visit(world, name);
  }
  await forgeWebhooks(world, "hook");
  await knock(world, await world.token("a token in a request"));
  await operate(world, "shop");
  await refusedClients(world, app);

  for (const lines of brokenConfigs(world)) await world.reload(lines, "reload_failed");
  world.publishKeys();
  await world.reload(`${world.goodConfig}max_body = 1\n`, "reload_done");
  const config = ["--config", `${world.directory}/server.toml`];
  await world.runServer("check-config", [...config, "--check-config"]);
  const explained = await world.runServer(
    "token inspect",
    ["token", "inspect", ...config, "--state", `${world.directory}/state-2`],
    token,
  );
  assert(explained.startsWith("good here"), explained);
  await world.runServer("second server", [...config, "--state", `${world.directory}/state`]);
}
