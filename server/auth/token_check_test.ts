import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { HandshakeRefused } from "@tun/protocol";
import { EventLog } from "../../tests/support/event_log.ts";
import { SimulatedClock } from "../../tests/support/simulated_clock.ts";
import { goodClaims, KeyServer, TokenSigner } from "../../tests/support/token_signer.ts";
import type { AuthConfig } from "./auth_config.ts";
import type { RemoteKeysEvent } from "./remote_keys.ts";
import { mintToken } from "./mint.ts";
import { TokenCheck } from "./token_check.ts";
import { KeyError } from "./verification_key.ts";

type JwtConfig = Omit<AuthConfig & { kind: "jwt" }, "kind">;

const SECRET = "a secret of the server, long enough for HS512 because it has this many letters";

/** A check with a state directory and a clock of its own. */
class Bench implements AsyncDisposable {
  readonly clock = new SimulatedClock();
  readonly events = new EventLog<RemoteKeysEvent>();
  wall = Date.now();

  private constructor(readonly state: string) {}

  static async open(auth: JwtConfig): Promise<Bench & { check: TokenCheck }> {
    const bench = new Bench(await Deno.makeTempDir());
    const check = await TokenCheck.open({ kind: "jwt", ...auth }, {
      state: bench.state,
      clock: bench.clock,
      wallTime: () => bench.wall,
      onEvent: (event) => bench.events.add(event),
    });
    return Object.assign(bench, { check });
  }

  /** Waits until that has happened to keys. */
  async until(type: RemoteKeysEvent["type"]): Promise<void> {
    await this.events.first((event) => event.type === type);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    (this as unknown as { check: TokenCheck }).check[Symbol.dispose]();
    await Deno.remove(this.state, { recursive: true });
  }
}

/** What the check has against a token, or nothing. */
async function reasonOf(check: TokenCheck, token: string): Promise<string | undefined> {
  try {
    await check.check(token);
    return undefined;
  } catch (error) {
    if (!(error instanceof HandshakeRefused)) throw error;
    return error.reason;
  }
}

function keys(text: string) {
  return [{ kind: "keys" as const, text, from: "--jwks test" }];
}

Deno.test("TokenCheck knows who bears a token of ours, and what it grants", async () => {
  await using bench = await Bench.open({ secret: SECRET });
  const rights = { names: ["app", "pr-*"], ports: ["30000"], kinds: ["http"] };
  const token = await mintToken({ sub: "ada", rights, ttlMs: 60_000 }, SECRET);
  const { label, grant, expiresAt, owner } = await bench.check.check(token);
  assertEquals([label, grant.names, grant.kinds], ["ada", ["app", "pr-*"], ["http"]]);
  assert(expiresAt > Date.now());
  const again = await bench.check.check(
    await mintToken({ sub: "ada", rights: {}, ttlMs: 60_000 }, SECRET),
  );
  assertEquals(again.owner, owner);
  assert(!JSON.stringify(again).includes(token));
});

for (const alg of ["HS256", "HS384", "HS512"]) {
  Deno.test(`TokenCheck takes ${alg} with a secret that is long enough`, async () => {
    await using bench = await Bench.open({ secret: SECRET });
    const token = await TokenSigner.ofSecret(SECRET, alg).sign();
    assertEquals(await reasonOf(bench.check, token), undefined);
    const short = SECRET.slice(0, 40);
    await using other = await Bench.open({ secret: short });
    const weak = await TokenSigner.ofSecret(short, alg).sign();
    assertEquals(
      await reasonOf(other.check, weak),
      alg === "HS256" ? undefined : "alg_refused",
    );
  });
}

for (
  const alg of [
    ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "Ed25519"],
  ]
) {
  Deno.test(`TokenCheck takes ${alg} with a JWKS, a JWK and PEM`, async () => {
    const signer = await TokenSigner.pair(alg, "a");
    const token = await signer.sign();
    for (const text of [signer.jwks, JSON.stringify(signer.jwk), signer.pem!]) {
      await using bench = await Bench.open({ jwks: keys(text) });
      assertEquals(await reasonOf(bench.check, token), undefined);
    }
    const stranger = await TokenSigner.pair(alg, "a");
    await using bench = await Bench.open({ jwks: keys(stranger.jwks) });
    assertEquals(await reasonOf(bench.check, token), "signature_invalid");
  });
}

Deno.test("TokenCheck takes tokens of several key sets and a secret side by side", async () => {
  const [a, b] = [await TokenSigner.pair("ES256", "a"), await TokenSigner.pair("EdDSA", "b")];
  await using bench = await Bench.open({
    secret: SECRET,
    jwks: [...keys(a.jwks), ...keys(b.jwks)],
  });
  for (const signer of [a, b, TokenSigner.ofSecret(SECRET)]) {
    assertEquals(await reasonOf(bench.check, await signer.sign()), undefined);
  }
});

Deno.test("A key that says what it is for is for nothing else", async () => {
  const rsa = await TokenSigner.pair("PS256", "a");
  const jwk = { ...rsa.jwk, alg: "RS256" };
  await using bench = await Bench.open({ jwks: keys(JSON.stringify({ keys: [jwk] })) });
  assertEquals(await reasonOf(bench.check, await rsa.sign()), "alg_refused");
});

const REFUSED_KEYS: readonly (readonly [what: string, text: () => Promise<string>, RegExp])[] = [
  ["a short RSA key", async () => {
    const { publicKey } = await crypto.subtle.generateKey(
      {
        name: "RSASSA-PKCS1-v1_5",
        modulusLength: 1024,
        publicExponent: new Uint8Array([1, 0, 1]),
        hash: "SHA-256",
      },
      true,
      ["sign", "verify"],
    );
    return JSON.stringify(await crypto.subtle.exportKey("jwk", publicKey));
  }, /RSA key needs 2048 to 8192 bits: it has 1024/],
  [
    "a secret among public keys",
    () => Promise.resolve('{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}'),
    /it is a secret/,
  ],
  ["a private key", async () => {
    const { jwk } = await TokenSigner.pair("ES256");
    return JSON.stringify({ ...jwk, d: "AAAA" });
  }, /private key: give its public half/],
  [
    "a private key in PEM",
    () => Promise.resolve("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
    /there is a private key in it/,
  ],
  ["a key for encryption", async () => {
    const { jwk } = await TokenSigner.pair("ES256");
    return JSON.stringify({ ...jwk, use: "enc" });
  }, /`use` is not `sig`/],
  ["a key whose operations do not have verify", async () => {
    const { jwk } = await TokenSigner.pair("ES256");
    return JSON.stringify({ ...jwk, key_ops: ["encrypt"] });
  }, /`key_ops` do not have `verify`/],
  ["half a point", async () => {
    const { jwk } = await TokenSigner.pair("ES256");
    return JSON.stringify({ ...jwk, y: undefined });
  }, /no EC key that can be read/],
  ["an algorithm that does not go with the key", async () => {
    const { jwk } = await TokenSigner.pair("ES256");
    return JSON.stringify({ ...jwk, alg: "HS256" });
  }, /`alg` is not one for such a key/],
  ["no key at all", () => Promise.resolve('{"keys":[]}'), /there is no key in it/],
  ["a key twice", () => Promise.resolve('{"keys":[],"keys":[]}'), /neither JSON nor PEM/],
];

for (const [what, text, message] of REFUSED_KEYS) {
  Deno.test(`TokenCheck.open() refuses ${what}, and says so`, async () => {
    const given = await text();
    const error = await assertRejects(() => Bench.open({ jwks: keys(given) }), KeyError);
    assert(message.test(error.message), error.message);
    assert(error.message.startsWith("--jwks test: "));
  });
}

Deno.test("A key for something else among good ones does not matter", async () => {
  const signer = await TokenSigner.pair("ES256", "a");
  const text = JSON.stringify({ keys: [{ ...signer.jwk, kid: "e", use: "enc" }, signer.jwk] });
  await using bench = await Bench.open({ jwks: keys(text) });
  assertEquals(await reasonOf(bench.check, await signer.sign()), undefined);
});

Deno.test("Keys at a URL are had by the first who needs them, and the token is not blamed", async () => {
  const signer = await TokenSigner.pair("ES256", "a");
  await using server = new KeyServer(signer);
  server.answer = () => new Response("busy", { status: 503 });
  await using bench = await Bench.open({ jwks: [{ kind: "url", url: server.url }] });
  await bench.until("keys_failed");
  const token = await signer.sign();
  assertEquals(await reasonOf(bench.check, token), "keys_unavailable");
  assertEquals(server.asked, 1, "asked again within a second");
  server.answer = () => KeyServer.keysOf(signer);
  await bench.clock.advance(1000);
  assertEquals(await reasonOf(bench.check, token), undefined);
});

Deno.test("An unknown kid asks for the keys anew, four times and then once in 30 seconds", async () => {
  const [a, b] = [await TokenSigner.pair("ES256", "a"), await TokenSigner.pair("ES256", "b")];
  await using server = new KeyServer(a);
  await using bench = await Bench.open({ jwks: [{ kind: "url", url: server.url }] });
  await bench.until("keys_loaded");
  assertEquals(await reasonOf(bench.check, await a.sign()), undefined);
  for (let i = 0; i < 20; i++) {
    assertEquals(await reasonOf(bench.check, await b.sign()), "key_unknown");
  }
  assertEquals(server.asked, 5);
  server.answer = () => KeyServer.keysOf(a, b);
  await bench.clock.advance(30_000);
  assertEquals(await reasonOf(bench.check, await b.sign()), undefined);
  assertEquals(server.asked, 6);
});

for (
  const [what, answer] of [
    ["fails", () => new Response("", { status: 500 })],
    ["is a login page", () => new Response("<html>")],
    ["redirects", () => Response.redirect("http://127.0.0.1:1/")],
    ["has no keys", () => Response.json({ keys: [] })],
    ["never stops talking", () =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024).fill(32)),
        }),
      )],
  ] as const
) {
  Deno.test(`The last good keys are kept when the key server ${what}`, async () => {
    const signer = await TokenSigner.pair("ES256", "a");
    await using server = new KeyServer(signer);
    await using bench = await Bench.open({ jwks: [{ kind: "url", url: server.url }] });
    await bench.until("keys_loaded");
    server.answer = answer;
    await bench.clock.advance(10 * 60_000);
    assertEquals(await reasonOf(bench.check, await signer.sign()), undefined);
    await bench.until("keys_failed");
    assertEquals(bench.events.all.map(({ type }) => type), ["keys_loaded", "keys_failed"]);
    assertEquals(await reasonOf(bench.check, await signer.sign()), undefined);
  });
}

Deno.test("A private key or a secret at a URL is ignored, and said", async () => {
  const signer = await TokenSigner.pair("ES256", "a");
  await using server = new KeyServer(signer);
  server.answer = () =>
    Response.json({ keys: [{ kty: "oct", k: "AAAA" }, { ...signer.jwk, d: "AAAA" }, signer.jwk] });
  await using bench = await Bench.open({ jwks: [{ kind: "url", url: server.url }] });
  await bench.until("keys_loaded");
  await reasonOf(bench.check, await signer.sign());
  assertEquals(bench.events.all.map(({ type }) => type), [
    "key_ignored",
    "key_ignored",
    "keys_loaded",
  ]);
});

Deno.test("Issuer, audience and lifetime are insisted on if they are configured", async () => {
  await using bench = await Bench.open({
    secret: SECRET,
    issuer: "me",
    audience: "you",
    maxTtlMs: 7_200_000,
  });
  const signer = TokenSigner.ofSecret(SECRET);
  const reason = async (more: Record<string, unknown>) =>
    await reasonOf(bench.check, await signer.sign(goodClaims(more)));
  assertEquals(await reason({ iss: "me", aud: "you" }), undefined);
  assertEquals(await reason({ iss: "me", aud: ["other", "you"] }), undefined);
  assertEquals(await reason({ iss: "him", aud: "you" }), "issuer_refused");
  assertEquals(await reason({ aud: "you" }), "claim_missing");
  assertEquals(await reason({ iss: "me" }), "claim_missing");
  assertEquals(await reason({ iss: "me", aud: "your" }), "audience_refused");
  assertEquals(await reason({ iss: "me", aud: ["you", 1] }), "claim_invalid");
  const exp = Math.floor(Date.now() / 1000) + 10_000;
  assertEquals(await reason({ iss: "me", aud: "you", exp }), "lifetime_refused");
});

Deno.test("A clock that is ahead by half a minute does not matter, one more second does", async () => {
  await using bench = await Bench.open({ secret: SECRET });
  const signer = TokenSigner.ofSecret(SECRET);
  bench.wall = 1_800_000_000_000;
  const now = bench.wall / 1000;
  const reason = async (claims: Record<string, unknown>) =>
    await reasonOf(bench.check, await signer.sign({ sub: "ada", ...claims }));
  assertEquals(await reason({ nbf: now + 30, exp: now + 60 }), undefined);
  assertEquals(await reason({ nbf: now + 31, exp: now + 60 }), "token_not_yet_valid");
  assertEquals(await reason({ iat: now + 31, exp: now + 60 }), "token_not_yet_valid");
  assertEquals(await reason({ exp: now + 1 }), undefined);
  assertEquals(await reason({ exp: now }), "token_expired");
});

Deno.test("Who is denied is refused, and judged so when already in; the denial outlives a restart", async () => {
  await using bench = await Bench.open({ secret: SECRET, revoked: ["sub:eve"] });
  const signer = TokenSigner.ofSecret(SECRET);
  const token = await signer.sign(goodClaims({ jti: "one" }));
  assertEquals(
    await reasonOf(bench.check, await signer.sign(goodClaims({ sub: "eve" }))),
    "token_revoked",
  );
  const identity = await bench.check.check(token);
  let told = 0;
  bench.check.onChange(() => told++);
  await bench.check.revocations.add("jti:one");
  assertEquals(told, 1);
  assertEquals(await reasonOf(bench.check, token), "token_revoked");
  assertThrows(() => bench.check.checkAgain(identity), HandshakeRefused, "revoked");
  assertEquals((await Deno.stat(`${bench.state}/revoked`)).mode! & 0o777, 0o600);
  using reopened = await TokenCheck.open({ kind: "jwt", secret: SECRET }, {
    state: bench.state,
    clock: bench.clock,
    wallTime: Date.now,
    onEvent: () => {},
  });
  assertEquals(await reasonOf(reopened, token), "token_revoked");
  assert(await bench.check.revocations.remove("jti:one"));
  assertEquals(await bench.check.revocations.remove("sub:eve"), false);
  assertEquals(await reasonOf(bench.check, token), undefined);
});

Deno.test("configure() takes on other keys, and who is in is judged by them", async () => {
  const [a, b] = [await TokenSigner.pair("ES256", "a"), await TokenSigner.pair("ES256", "b")];
  await using bench = await Bench.open({ jwks: [...keys(a.jwks), ...keys(b.jwks)] });
  const [ada, bob] = [
    await bench.check.check(await a.sign()),
    await bench.check.check(await b.sign(goodClaims({ sub: "bob", names: ["bob"] }))),
  ];
  await bench.check.configure({ kind: "jwt", jwks: keys(b.jwks) });
  assertThrows(() => bench.check.checkAgain(ada), HandshakeRefused, "not known");
  assertEquals(bench.check.checkAgain(bob).grant.names, ["bob"]);
});

Deno.test("configure() changes nothing if the new keys cannot be used or had", async () => {
  const signer = await TokenSigner.pair("ES256", "a");
  await using bench = await Bench.open({ jwks: keys(signer.jwks) });
  const token = await signer.sign();
  await assertRejects(
    () => bench.check.configure({ kind: "jwt", jwks: keys('{"kty":"oct"}') }),
    KeyError,
  );
  await using away = new KeyServer(signer);
  away.answer = () => new Response("", { status: 503 });
  await assertRejects(
    () => bench.check.configure({ kind: "jwt", jwks: [{ kind: "url", url: away.url }] }),
    KeyError,
    "cannot be had",
  );
  await assertRejects(() => bench.check.configure({ kind: "none" }), TypeError);
  assertEquals(await reasonOf(bench.check, token), undefined);
});
