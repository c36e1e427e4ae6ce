import { assert, assertEquals } from "@std/assert";
import { type AccessRules, hashCredentials } from "@tun/protocol";
import { Cidr } from "@tun/protocol/http1";
import { SimulatedClock } from "../../tests/support/simulated_clock.ts";
import type { Verdict } from "../routing/route.ts";
import { type AdmissionRules, TunnelAdmission } from "./tunnel_admission.ts";

const utf8 = new TextEncoder();
const SALT = new Uint8Array(16).fill(7);
const HOME = "192.0.2.7";

function networks(...texts: string[]): Cidr[] {
  return texts.map((text) => Cidr.parse(text)!);
}

async function users(...credentials: string[]): Promise<AccessRules> {
  const hashes = await Promise.all(
    credentials.map((one) => hashCredentials(SALT, utf8.encode(one))),
  );
  return { allow: null, deny: [], basic: { salt: SALT, hashes } };
}

function admission(rules: Partial<AdmissionRules>, clock = new SimulatedClock()): TunnelAdmission {
  const all = { access: undefined, visitors: null, allowance: undefined, ...rules };
  return TunnelAdmission.of(all, clock)!;
}

function basic(credentials: string): string {
  return `Basic ${btoa(String.fromCharCode(...utf8.encode(credentials)))}`;
}

/** `admitted`, or the code. */
async function fate(
  door: TunnelAdmission,
  ip: string,
  authorization: string | null = null,
): Promise<string> {
  const verdict: Verdict = await door.admit({ ip, authorization });
  return verdict.kind === "admitted" ? verdict.kind : verdict.code;
}

Deno.test("Nothing stands before a tunnel without rules", () => {
  const rules = { access: undefined, visitors: null, allowance: undefined };
  assertEquals(TunnelAdmission.of(rules, new SimulatedClock()), undefined);
});

Deno.test("TunnelAdmission: allow, deny and the grant must all agree, and deny wins", async () => {
  const rows: [
    rules: { allow?: string[]; deny?: string[]; visitors?: string[] },
    inside: string[],
    outside: string[],
  ][] = [
    [{ allow: ["192.0.2.0/24"] }, [HOME, "::ffff:192.0.2.1"], ["198.51.100.1", "::1"]],
    [{ deny: ["192.0.2.0/24"] }, ["198.51.100.1", "::1"], [HOME, "::ffff:192.0.2.1"]],
    [{ allow: ["192.0.2.0/24"], deny: ["192.0.2.7"] }, ["192.0.2.6", "192.0.2.8"], [HOME]],
    [{ allow: ["0.0.0.0/0"] }, [HOME], ["2001:db8::1"]],
    [{ allow: ["2001:db8::/32"] }, ["2001:db8::1"], ["2001:db9::1", HOME]],
    [{ visitors: ["192.0.2.0/24"] }, [HOME], ["198.51.100.1"]],
    [{ visitors: ["192.0.2.0/24"], allow: ["0.0.0.0/0"] }, [HOME], ["198.51.100.1"]],
    [{ visitors: ["192.0.2.0/24"], allow: ["198.51.100.0/24"] }, [], [HOME, "198.51.100.1"]],
    [{ visitors: [] }, [], [HOME, "::1"]],
    [{ deny: ["192.0.2.7"] }, [], ["unknown", ""]],
  ];
  for (const [{ allow, deny = [], visitors }, inside, outside] of rows) {
    const door = admission({
      access: { allow: allow ? networks(...allow) : null, deny: networks(...deny), basic: null },
      visitors: visitors ? networks(...visitors) : null,
    });
    for (const ip of inside) assertEquals(await fate(door, ip), "admitted", ip);
    for (const ip of outside) assertEquals(await fate(door, ip), "visitor_refused", ip);
  }
});

Deno.test("TunnelAdmission asks for a login and knows it again", async () => {
  const door = admission({ access: await users("ada:open:sesame", "zoë:pässwörd 🔑") });
  assertEquals(await fate(door, HOME), "credentials_required");
  assertEquals(await fate(door, HOME, basic("ada:open:sesame")), "admitted");
  const again = door.admit({ ip: HOME, authorization: basic("ada:open:sesame") });
  assert(!(again instanceof Promise), "at once");
  assert(again.kind === "admitted" && again.tookLogin);
  assertEquals(await fate(door, HOME, basic("zoë:pässwörd 🔑")), "admitted");
  assertEquals(
    await fate(door, HOME, basic("ada:open:sesame").replace("Basic", "bASIC ")),
    "admitted",
  );
});

Deno.test("TunnelAdmission refuses every other login", async () => {
  const access = await users("ada:open", "bob:sesame");
  const rows: [what: string, authorization: string][] = [
    ["a wrong password", basic("ada:shut")],
    ["a user that is not there", basic("eve:open")],
    ["the password of another", basic("ada:sesame")],
    ["no password", basic("ada:")],
    ["no colon", basic("ada")],
    ["more", basic("ada:open ")],
    ["nothing", "Basic "],
    ["no base64", "Basic ada:open"],
    ["base64 that is cut", basic("ada:open").slice(0, -1)],
    ["another scheme", basic("ada:open").replace("Basic", "Bearer")],
    ["a scheme alone", "Basic"],
    ["two of them", `${basic("ada:open")}, ${basic("ada:open")}`],
    ["a very long one", `Basic ${"A".repeat(100_000)}`],
  ];
  for (const [what, authorization] of rows) {
    const door = admission({ access });
    assertEquals(await fate(door, HOME, authorization), "credentials_required", what);
  }
});

Deno.test("A wrong password and a user that is not there cost the same: one hash", async () => {
  const original = crypto.subtle.digest;
  let digests = 0;
  crypto.subtle.digest = function (...args: Parameters<typeof original>) {
    digests++;
    return original.apply(crypto.subtle, args);
  };
  try {
    const access = await users("ada:open", "bob:sesame");
    for (const credentials of ["ada:shut", "eve:shut", "bob:open", ":"]) {
      digests = 0;
      await fate(admission({ access }), HOME, basic(credentials));
      assertEquals(digests, 1, credentials);
    }
  } finally {
    crypto.subtle.digest = original;
  }
});

Deno.test("TunnelAdmission lets nobody guess: ten wrong passwords, then one in six seconds", async () => {
  const clock = new SimulatedClock();
  const door = admission({ access: await users("ada:open") }, clock);
  const guesses: string[] = [];
  for (let i = 0; i < 12; i++) guesses.push(await fate(door, HOME, basic(`ada:${i}`)));
  assertEquals(guesses, [
    ...Array(10).fill("credentials_required"),
    "rate_limited",
    "rate_limited",
  ]);
  const right = await door.admit({ ip: HOME, authorization: basic("ada:open") });
  assertEquals(right, { kind: "refused", code: "rate_limited", retryAfterS: 6 });
  assertEquals(
    await fate(door, HOME, basic("ada:open")),
    "rate_limited",
    "and it taught us nothing",
  );
  assertEquals(await fate(door, "198.51.100.1", basic("ada:open")), "admitted", "others may try");
  assertEquals(await fate(door, HOME, basic("ada:open")), "admitted", "now that it is known");
  await clock.advance(6_000);
  assertEquals(await fate(door, HOME, basic("ada:x")), "credentials_required");
  assertEquals(await fate(door, HOME, basic("ada:y")), "rate_limited");
});

Deno.test("TunnelAdmission does not ask those for a password who may not come anyhow", async () => {
  const access = { ...await users("ada:open"), deny: networks(HOME) };
  assertEquals(await fate(admission({ access }), HOME, basic("ada:open")), "visitor_refused");
});
