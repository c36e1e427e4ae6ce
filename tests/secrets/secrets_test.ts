/**
 * Secrets are planted wherever one can be, the programs run through good and bad days, and all
 * that they have written is searched.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Evidence } from "./evidence.ts";
import { formsOf, PlantedSecrets, randomPassword } from "./planted.ts";
import { badDay } from "./bad_day.ts";
import { resumeSecretIn, SecretWorld } from "./secret_world.ts";
import { operate, visit } from "./visits.ts";
import { WireTap } from "./wire_tap.ts";

const posix = { ignore: Deno.build.os === "windows" };

/** What a visitor brings is for the app; everything else that is secret is not. */
const APP_MAY_HAVE = { app: /^a visitor's (?:cookie|query|Authorization)/ };

/** Fails for every secret that is where it must not be; and if the search would not find one. */
function assertNoLeaks({ secrets, evidence }: SecretWorld): void {
  assertEquals(evidence.leaks(secrets, APP_MAY_HAVE), []);
  const values = Array.from(secrets.all.values()).join(" and ");
  for (const channel of evidence.channels) {
    const planted = new Evidence();
    planted.add(channel, `${evidence.of(channel).slice(0, 1000)} ${values} and more`);
    const found = new Set(planted.leaks(secrets, APP_MAY_HAVE).map(({ secret }) => secret));
    const sought = Array.from(secrets.all.keys())
      .filter((name) => !APP_MAY_HAVE[channel as "app"]?.test(name));
    assertEquals(Array.from(found).sort(), sought.sort(), channel);
  }
}

/** Looks at what was kept: nobody else may read it. */
async function assertPrivate(world: SecretWorld): Promise<void> {
  const files = await world.lookAtFiles();
  assert(files.length > 2);
  assertEquals(files.filter(({ mode }) => mode !== 0o600), []);
}

Deno.test("The search finds every form of a secret, whole or cut", () => {
  const secrets = new PlantedSecrets();
  const values = [secrets.plant("one"), secrets.plant("two", randomPassword())];
  for (const value of values) {
    for (const [form, text] of formsOf(value)) {
      for (const shown of [text, `"${text}"`, text.slice(0, 12), text.slice(-30), `x${text}`]) {
        const evidence = new Evidence();
        evidence.add("log", `before ${shown} after`);
        assert(evidence.leaks(secrets).length > 0, `${form}: ${shown}`);
      }
    }
    for (const before of ["", "a", "ab", "ada:"]) {
      const evidence = new Evidence();
      evidence.add("log", btoa(`${before}${value}`));
      assert(evidence.leaks(secrets).length > 0);
    }
  }
  const clean = new Evidence();
  clean.add("log", values.map((value) => value.slice(0, 11)).join(" "));
  assertEquals(clean.leaks(secrets), []);
});

for (const [log, withTls] of [["json", true], ["text", false]] as const) {
  const what = `${log} log and ${withTls ? "TLS" : "no TLS"}`;
  Deno.test(`Secrets stay where they belong, with a ${what}`, posix, async () => {
    await using world = await SecretWorld.start({ log, withTls, withAuth: true });
    await badDay(world);
    await assertPrivate(world);
    await world[Symbol.asyncDispose]();
    assertNoLeaks(world);
  });
}

Deno.test("What programs prove themselves with stays between them", posix, async () => {
  await using world = await SecretWorld.start({ log: "json", withTls: false, withAuth: false });
  await using tap = new WireTap(world.ports.tunnel);
  const client = await world.client("client without tokens", {
    args: [String(world.app()), "-s", "shop", "-v", "-e", `tcp://127.0.0.1:${tap.port}`],
    env: { TUN_BASIC_AUTH: world.login },
  });
  world.secrets.plant("the secret of a connection", resumeSecretIn(tap.passed));
  tap.cut();
  await client.until(/resumed/);
  await visit(world, "shop");
  await operate(world, "shop");
  await assertPrivate(world);
  assert(world.secrets.all.has("a lease key"));
  await world[Symbol.asyncDispose]();
  assertNoLeaks(world);
});
