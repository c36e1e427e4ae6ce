import { assert, assertEquals } from "@std/assert";
import { Program } from "../e2e/bad_input_program.ts";
import { type BootedServer, bootServer } from "../support/tunnel_boot.ts";
import { ATTACKS, AttackWorld, fromCi, ours } from "./attack_tokens.ts";
import { helloOutcome } from "./hello.ts";

const world = await AttackWorld.make();

/** What the server logged of those it refused. */
function refusals({ log }: BootedServer): readonly unknown[] {
  return log.all.filter(({ name }) => name === "client_refused").map(({ fields }) => fields.reason);
}

Deno.test("Tokens that everybody signs as they should are taken: attacks fail for what they are", async () => {
  await using server = await bootServer({ auth: world.auth });
  const tokens = [
    ...[world.own, world.ec, world.rsa, world.ed].map((signer) => signer.sign(ours())),
    world.ci.sign(fromCi()),
  ];
  for (const token of tokens) assertEquals(await helloOutcome(server, await token), "ok");
});

Deno.test("No forged, malformed or strange token is taken, and each refusal says why", async (t) => {
  assert(ATTACKS.length >= 40, `${ATTACKS.length} attacks`);
  await using server = await bootServer({ auth: world.auth });
  for (const [what, reason, make] of ATTACKS) {
    await t.step(what, async () => {
      const token = await make(world);
      const before = refusals(server).length;
      assertEquals(await helloOutcome(server, token), reason);
      await server.log.first(({ name }) => name === "client_refused", before);
      assertEquals(refusals(server).at(-1), reason);
    });
  }
  const log = JSON.stringify(server.log.all);
  for (const [, , make] of ATTACKS) {
    const parts = (await make(world))?.split(".").filter((part) => part.length > 20) ?? [];
    for (const part of parts) assert(!log.includes(part), "the log has a piece of a token");
  }
  assertEquals(server.log.all.filter(({ name }) => name === "fault"), []);
  assertEquals(server.server.sessions, 0);
});

const SHOWN = new Set([
  ...["a token without signature", "a stranger's key by a known name", "a claim twice", "exp 1"],
  ...['jti "stolen"', "a CI job of somebody else", "a header with an address of keys"],
]);

for (const [what, reason, make] of ATTACKS.filter(([what]) => SHOWN.has(what))) {
  Deno.test(`The program \`tun\` with ${what} says so, ends with 3 and does not try again`, async () => {
    await using server = await bootServer({ auth: world.auth });
    const token = await make(world);
    const args = ["3000", "-e", server.endpoint(), "--json"];
    await using program = new Program("tun", args, { TUN_TOKEN: token! });
    const { code, out, err } = await program.end;
    assertEquals(code, 3, err);
    assertEquals(refusals(server), [reason]);
    const events = out.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(events.map(({ event }) => event), ["error"]);
    assert(/^token_(refused|expired|revoked)$/.test(events[0].code));
    assert(/^(The token|No rule)/.test(events[0].message), events[0].message);
    assert(!(out + err).includes(token!.split(".")[1]!));
  });
}
