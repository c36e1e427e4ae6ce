import { assertEquals, assertRejects } from "@std/assert";
import { HandshakeRefused } from "@tun/protocol";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { openTokenCheck } from "./token_check.ts";

async function signer(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const jwk = { ...await exportJWK(publicKey), kid, alg: "ES256" };
  const sign = (alg = "ES256") =>
    new SignJWT({ names: ["app"] }).setProtectedHeader({ alg, kid }).setSubject("ada")
      .setExpirationTime("1h").sign(privateKey);
  return { jwk, sign };
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => attempt, HandshakeRefused)).code;
}

Deno.test("openTokenCheck() takes tokens that a key of the set has signed, and no others", async () => {
  const known = await signer("a");
  const stranger = await signer("a");
  const json = JSON.stringify({ keys: [known.jwk] });
  const { check } = await openTokenCheck({ kind: "jwt", jwks: { kind: "keys", json } }, "unused");
  assertEquals((await check(await known.sign())).label, "ada");
  assertEquals(await codeOf(check(await stranger.sign())), "token_refused");
});

Deno.test("openTokenCheck() lets no public key pass for a secret", async () => {
  const known = await signer("a");
  const json = JSON.stringify({ keys: [known.jwk] });
  const { check } = await openTokenCheck({ kind: "jwt", jwks: { kind: "keys", json } }, "unused");
  const forged = await new SignJWT({}).setProtectedHeader({ alg: "HS256", kid: "a" })
    .setSubject("ada").setExpirationTime("1h").sign(new TextEncoder().encode(json));
  assertEquals(await codeOf(check(forged)), "token_refused");
});

Deno.test("openTokenCheck() does not blame the token when the key server is away", async () => {
  const known = await signer("a");
  let answer = () => new Response("busy", { status: 503 });
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => answer(),
  );
  const url = `http://127.0.0.1:${server.addr.port}/keys`;
  const { check } = await openTokenCheck({ kind: "jwt", jwks: { kind: "url", url } }, "unused");
  assertEquals(await codeOf(check(await known.sign())), "auth_unavailable");
  answer = () => Response.json({ keys: [known.jwk] });
  assertEquals((await check(await known.sign())).label, "ada");
});
