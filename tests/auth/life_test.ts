import { assert, assertEquals } from "@std/assert";
import { SERVER_DEFAULTS, type ServerConfig } from "../../server/mod.ts";
import { goodClaims, KeyServer, TokenSigner } from "../support/token_signer.ts";
import { bootServer } from "../support/tunnel_boot.ts";
import { BareSession, helloOutcome } from "./hello.ts";

const SECRET = "the secret of a server whose sessions are judged again and again";
const signer = TokenSigner.ofSecret(SECRET);
const auth = { kind: "jwt", secret: SECRET } as const;

function sign(more: Record<string, unknown> = {}): Promise<string> {
  return signer.sign(goodClaims(more));
}

function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}

Deno.test("A session ends when its token does, after a warning, and cannot be resumed", async () => {
  await using server = await bootServer({ auth });
  await using bare = await BareSession.start(server, await sign({ exp: inSeconds(2) }));
  const warning = await bare.controls.first(({ type }) => type === "expiring");
  assert(warning.type === "expiring" && warning.inMs <= 2000);
  const { code, origin } = await bare.session.closed;
  assertEquals([code, origin], ["token_expired", "remote"]);
});

Deno.test("A session ends on time while it is paused, and the resume is told why", async () => {
  await using server = await bootServer({ auth });
  await using bare = await BareSession.start(server, await sign({ exp: inSeconds(2) }));
  await bare.cut();
  await server.log.first(({ name }) => name === "session_closed");
  assertEquals(await bare.resume(), "token_expired");
});

Deno.test("A session lasts no longer than its grant says, whatever tokens come after", async () => {
  await using server = await bootServer({ auth });
  await using bare = await BareSession.start(server, await sign({ ttl: 2 }));
  assertEquals(await bare.renew(await sign({ ttl: 2 })), "ok");
  const { code, message } = await bare.session.closed;
  assertEquals([code, /lasted as long/.test(message)], ["token_expired", true]);
});

Deno.test("A fresh token keeps a session beyond the end of its first", async () => {
  await using server = await bootServer({ auth });
  const token = await sign({ exp: inSeconds(2), names: ["a"] });
  await using bare = await BareSession.start(server, token);
  await using first = await BareSession.start(server, token);
  assertEquals(await bare.claim({ tunnel: 1, name: "a" }), "a");
  assertEquals(await bare.renew(await sign({ names: ["a"] })), "ok");
  assertEquals((await first.session.closed).code, "token_expired");
  assertEquals(bare.session.end, undefined);
  assertEquals(server.server.tunnels, 1);
});

Deno.test("A fresh token that does not do is refused with its reason, and the session goes on", async () => {
  await using server = await bootServer({ auth: { ...auth, revoked: ["jti:gone"] } });
  await using bare = await BareSession.start(server, await sign());
  assertEquals(await bare.renew(await sign({ sub: "bob" })), "owner_changed");
  assertEquals(await bare.renew(await sign({ iss: "other" })), "owner_changed");
  assertEquals(await bare.renew(await sign({ exp: 1 })), "token_expired");
  assertEquals(await bare.renew(await sign({ jti: "gone" })), "token_revoked");
  assertEquals(await bare.renew("x"), "token_malformed");
  assertEquals(bare.session.state, "connected");
  await bare.cut();
  assertEquals(await bare.resume(await sign({ sub: "bob" })), "token_refused");
  assertEquals(await bare.resume(await sign()), "ok");
});

Deno.test("A narrower token takes the tunnels that it no longer covers, and no others", async () => {
  await using server = await bootServer({ auth });
  const wide = await sign({ names: ["*"], ports: ["1-65535"], kinds: ["http", "tcp"] });
  await using bare = await BareSession.start(server, wide);
  const port = Number(await bare.claim({ tunnel: 1, kind: "tcp" }));
  assertEquals(await bare.claim({ tunnel: 2, name: "left" }), "left");
  assertEquals(await bare.claim({ tunnel: 3, name: "gone" }), "gone");
  const random = await bare.claim({ tunnel: 4 });
  assertEquals(await bare.renew(await sign({ names: ["left"], ports: [`${port}`] })), "ok");
  const taken = bare.controls.all.filter(({ type }) => type === "revoked");
  assertEquals(taken.map((control) => control.type === "revoked" && control.tunnel), [3]);
  assertEquals(server.server.tunnels, 3);
  assertEquals(await bare.claim({ tunnel: 5, name: "gone" }), "not_permitted");
  assertEquals(await bare.renew(await sign({ kinds: ["http"], tunnels: 1 })), "ok");
  assertEquals(server.server.tunnels, 1);
  assert(random.length === 12);
});

Deno.test("A revocation ends live and paused sessions at once, and their resumes", async () => {
  await using server = await bootServer({ auth });
  const { revocations } = server.server;
  await using one = await BareSession.start(server, await sign({ jti: "1" }));
  await using two = await BareSession.start(server, await sign({ jti: "2", sub: "eve" }));
  await using other = await BareSession.start(server, await sign({ jti: "3" }));
  await two.cut();
  await revocations.add("jti:1");
  assertEquals((await one.session.closed).code, "token_revoked");
  await revocations.add("sub:eve");
  assertEquals(await two.resume(), "token_revoked");
  assertEquals(await helloOutcome(server, await sign({ jti: "1" })), "token_revoked");
  assertEquals(await helloOutcome(server, await sign({ sub: "eve" })), "token_revoked");
  assertEquals(other.session.state, "connected");
  await server.restart();
  assertEquals(await helloOutcome(server, await sign({ jti: "1" })), "token_revoked");
  assert(await server.server.revocations.remove("jti:1"));
  assertEquals(await helloOutcome(server, await sign({ jti: "1" })), "ok");
});

Deno.test("A reload judges who is in by the new keys and the new list", async () => {
  const [a, b] = [await TokenSigner.pair("ES256", "a"), await TokenSigner.pair("ES256", "b")];
  const jwks = (...signers: TokenSigner[]) =>
    signers.map(({ jwks: text }) => ({ kind: "keys", text, from: "test" }) as const);
  await using server = await bootServer({ auth: { kind: "jwt", jwks: jwks(a, b) } });
  const reload = async (more: Partial<ServerConfig>) =>
    await server.server.configure({ ...SERVER_DEFAULTS, ...server.config, ...more });
  await using old = await BareSession.start(server, await a.sign());
  await using kept = await BareSession.start(server, await b.sign());
  await using denied = await BareSession.start(server, await b.sign(goodClaims({ sub: "eve" })));
  await reload({ auth: { kind: "jwt", jwks: jwks(b), revoked: ["sub:eve"] } });
  assertEquals((await old.session.closed).code, "token_revoked");
  assertEquals((await denied.session.closed).code, "token_revoked");
  assertEquals(kept.session.state, "connected");
  assertEquals(await helloOutcome(server, await a.sign()), "key_unknown");
});

Deno.test("A server starts without its key server, and lets clients in once that is there", async () => {
  const key = await TokenSigner.pair("ES256", "a");
  await using keys = new KeyServer(key);
  keys.answer = () => new Response("", { status: 503 });
  await using server = await bootServer({
    auth: { kind: "jwt", jwks: [{ kind: "url", url: keys.url }] },
  });
  assertEquals(await helloOutcome(server, await key.sign()), "keys_unavailable");
  keys.answer = () => KeyServer.keysOf(key);
  // The client that was sent away comes back as soon as it may.
  await using client = await server.connect({ target: 9, token: await key.sign() });
  assert(client.tunnel.url !== "");
});

Deno.test("A CI job comes in by its workload's token alone, with the names of its repository", async () => {
  const github = await TokenSigner.pair("RS256", "gh");
  await using keys = new KeyServer(github);
  const issuer = "https://token.actions.githubusercontent.com";
  await using server = await bootServer({
    auth: {
      kind: "jwt",
      secret: SECRET,
      grants: [{
        issuer,
        audience: "https://tun.example.com",
        jwks: { kind: "url", url: keys.url },
        when: { repository: ["acme/*"], event_name: ["pull_request"] },
        grant: { names: ["{repository}-*"], kinds: ["http"], tunnels: 1, ttl: 3600 },
      }],
    },
  });
  const claims = {
    iss: issuer,
    aud: "https://tun.example.com",
    sub: "repo:acme/Shop.js:pull_request",
    repository: "acme/Shop.js",
    repository_owner: "acme",
    event_name: "pull_request",
    ref: "refs/pull/7/merge",
  };
  const token = await github.sign(goodClaims(claims));
  await using bare = await BareSession.start(server, token);
  assertEquals(await bare.claim({ tunnel: 1, name: "acme-shop-js-7" }), "acme-shop-js-7");
  assertEquals(await bare.claim({ tunnel: 2, name: "acme-shop-js-8" }), "not_permitted");
  assertEquals(await bare.claim({ tunnel: 3, kind: "tcp" }), "not_permitted");
  const reason = async (more: Record<string, unknown>) =>
    await helloOutcome(server, await github.sign(goodClaims({ ...claims, ...more })));
  assertEquals(await reason({ repository: "evil/x" }), "claims_refused");
  assertEquals(await reason({ event_name: "push" }), "claims_refused");
  assertEquals(await reason({ aud: "https://github.com/acme" }), "audience_refused");
  assertEquals(await reason({ iss: "https://ghe.evil" }), "alg_refused");
  assertEquals(await helloOutcome(server, await sign()), "ok");
});
