import { assert, assertEquals, assertRejects } from "@std/assert";
import { HandshakeRefused } from "@tun/protocol";
import { SignJWT } from "jose";
import { identityOf, mintToken } from "./token.ts";

const secret = new TextEncoder().encode("a secret of the server, long enough for HS256");
const request = { sub: "ada", ttlMs: 60_000 };

async function refusal(token: string | undefined, rules = { secret }): Promise<string> {
  const error = await assertRejects(() => identityOf(token, rules), HandshakeRefused);
  assert(error.final);
  return error.code;
}

Deno.test("identityOf() knows who bears a token of ours, and what it grants", async () => {
  const token = await mintToken(
    { ...request, names: ["app", "pr-*"], ports: ["30000", "30100-30200"], kinds: ["http"] },
    secret,
  );
  const { label, grant, expiresAt, owner } = await identityOf(token, { secret });
  assertEquals(label, "ada");
  assert(expiresAt > Date.now());
  assertEquals(grant.ports, [{ first: 30000, last: 30000 }, { first: 30100, last: 30200 }]);
  const names = ["app", "apps", "pr-1", "pr-", "xpr-1", "pr.1"].map(grant.permitsName);
  assertEquals(names, [true, false, true, true, false, false]);
  assertEquals([grant.permitsKind("http"), grant.permitsKind("tcp")], [true, false]);
  const again = await identityOf(await mintToken(request, secret), { secret });
  assertEquals(again.owner, owner);
});

Deno.test("identityOf() grants no chosen name and no port to who was promised none", async () => {
  const { grant } = await identityOf(await mintToken(request, secret), { secret });
  assertEquals(grant.permitsName("app"), false);
  assertEquals(grant.ports, []);
  assertEquals(grant.permitsKind("tcp"), true);
});

Deno.test("identityOf() refuses what is not a token of ours", async () => {
  const other = new TextEncoder().encode("somebody else's secret, which is as long");
  assertEquals(await refusal(undefined), "token_refused");
  assertEquals(await refusal(""), "token_refused");
  assertEquals(await refusal("a.b.c"), "token_refused");
  assertEquals(await refusal(await mintToken(request, other)), "token_refused");
  const unsigned = `${btoa('{"alg":"none"}')}.${btoa('{"sub":"ada","exp":9999999999}')}.`;
  assertEquals(await refusal(unsigned.replaceAll("=", "")), "token_refused");
  const endless = await new SignJWT({ sub: "ada" }).setProtectedHeader({ alg: "HS256" }).sign(
    secret,
  );
  assertEquals(await refusal(endless), "token_refused");
  const nobodys = await new SignJWT({}).setProtectedHeader({ alg: "HS256" })
    .setExpirationTime("1h").sign(secret);
  assertEquals(await refusal(nobodys), "token_refused");
});

Deno.test("identityOf() refuses a token that has run out, as such", async () => {
  const old = await mintToken({ ...request, ttlMs: -60_000 }, secret);
  assertEquals(await refusal(old), "token_expired");
});

Deno.test("identityOf() insists on issuer and audience if it is told to", async () => {
  const token = await mintToken(request, secret);
  const rules = { secret, issuer: "somebody" };
  assertEquals(await refusal(token, rules), "token_refused");
  await identityOf(token, { secret, issuer: "tun" });
});
