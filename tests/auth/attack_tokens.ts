/**
 * Tokens that must never be taken, each with the reason that the server gives for it.
 *
 * @module
 */

import { encodeBase64Url } from "@std/encoding/base64url";
import { encodeHex } from "@std/encoding/hex";
import type { AuthConfig } from "../../server/mod.ts";
import { goodClaims, joinToken, TokenSigner } from "../support/token_signer.ts";

/** The server's secret: long enough for HS512. */
const SECRET = "the secret of the server under attack, which is long enough for HS512 ........";

const CI = "https://ci.example";

/** Everybody who signs something in an attack. */
export class AttackWorld {
  readonly own: TokenSigner = TokenSigner.ofSecret(SECRET);
  readonly ec: TokenSigner;
  readonly rsa: TokenSigner;
  readonly ed: TokenSigner;
  readonly ci: TokenSigner;
  readonly stranger: TokenSigner;

  private constructor(signers: readonly TokenSigner[]) {
    [this.ec, this.rsa, this.ed, this.ci, this.stranger] = signers as [
      ...[TokenSigner, TokenSigner, TokenSigner, TokenSigner, TokenSigner],
    ];
  }

  /** Makes the keys. */
  static async make(): Promise<AttackWorld> {
    return new AttackWorld(
      await Promise.all([
        TokenSigner.pair("ES256", "ec"),
        TokenSigner.pair("RS256", "rsa"),
        TokenSigner.pair("EdDSA", "ed"),
        TokenSigner.pair("ES256", "ci"),
        TokenSigner.pair("ES256", "ec"),
      ]),
    );
  }

  /** What the server is told. */
  get auth(): AuthConfig {
    const { ec, rsa, ed, ci } = this;
    const jwks = JSON.stringify({
      keys: [ec.jwk, { ...rsa.jwk, alg: "RS256" }, ed.jwk],
    });
    return {
      kind: "jwt",
      secret: SECRET,
      jwks: [{ kind: "keys", text: jwks, from: "test" }],
      audience: "tun",
      issuer: "us",
      maxTtlMs: 2 * 3600 * 1000,
      revoked: ["jti:stolen", "sub:eve"],
      grants: [{
        issuer: CI,
        audience: "tun",
        jwks: { kind: "keys", text: ci.jwks, from: "test" },
        when: { repository: ["acme/*"] },
        grant: { names: ["{repository}"] },
      }],
    };
  }
}

/** Claims that the server would take. */
export function ours(more: Record<string, unknown> = {}): Record<string, unknown> {
  return goodClaims({ iss: "us", aud: "tun", ...more });
}

/** Claims that the server would take from the CI. */
export function fromCi(more: Record<string, unknown> = {}): Record<string, unknown> {
  return goodClaims({ iss: CI, aud: "tun", repository: "acme/shop", ...more });
}

/** One attack. */
export type Attack = readonly [
  what: string,
  reason: string,
  token: (world: AttackWorld) => string | undefined | Promise<string | undefined>,
];

const now = (): number => Math.floor(Date.now() / 1000);

/** Text in the place of claims, with one claim written as it stands. */
function claimText(name: string, json: string): string {
  const { [name]: _, ...rest } = ours();
  return `${JSON.stringify(rest).slice(0, -1)},"${name}":${json}}`;
}

const badClaims: readonly (readonly [name: string, json: string, reason: string])[] = [
  ["exp", '"9999999999"', "claim_invalid"],
  ["exp", "-1", "claim_invalid"],
  ["exp", "1e400", "claim_invalid"],
  ["exp", "99999999999999", "claim_invalid"],
  ["exp", `${now() + 100}.5`, "claim_invalid"],
  ["exp", "null", "claim_invalid"],
  ["exp", "true", "claim_invalid"],
  ["exp", "[9999999999]", "claim_invalid"],
  ["exp", "1", "token_expired"],
  ["exp", "0", "token_expired"],
  ["exp", `${now() + 86_400}`, "lifetime_refused"],
  ["nbf", `"${now()}"`, "claim_invalid"],
  ["nbf", `${now() + 600}`, "token_not_yet_valid"],
  ["iat", `${now() + 600}`, "token_not_yet_valid"],
  ["iat", "{}", "claim_invalid"],
  ["sub", '""', "claim_invalid"],
  ["sub", "7", "claim_invalid"],
  ["sub", '["ada"]', "claim_invalid"],
  ["sub", '"ada\\u0000"', "claim_invalid"],
  ["sub", '"ada\\n{\\"event\\":\\"forged\\"}"', "claim_invalid"],
  ["sub", '"\\ud800"', "claim_invalid"],
  ["sub", `"${"a".repeat(513)}"`, "claim_invalid"],
  ["sub", '"eve"', "token_revoked"],
  ["jti", '"stolen"', "token_revoked"],
  ["jti", "1", "claim_invalid"],
  ["iss", '"them"', "issuer_refused"],
  ["iss", '"us "', "issuer_refused"],
  ["iss", '["us"]', "claim_invalid"],
  ["aud", '"other"', "audience_refused"],
  ["aud", '["other","tun2"]', "audience_refused"],
  ["aud", "[]", "claim_invalid"],
  ["aud", '["tun",null]', "claim_invalid"],
  ["aud", '{"0":"tun"}', "claim_invalid"],
  ["names", '"*"', "claim_invalid"],
  ["names", '["*",1]', "claim_invalid"],
  ["names", '["App"]', "claim_invalid"],
  ["ports", '["1-65536"]', "claim_invalid"],
  ["ports", "[30000]", "claim_invalid"],
  ["kinds", '["udp"]', "claim_invalid"],
  ["kinds", '"http"', "claim_invalid"],
  ["tunnels", '"100"', "claim_invalid"],
  ["tunnels", "-1", "claim_invalid"],
  ["tunnels", "0.5", "claim_invalid"],
  ["streams", "null", "claim_invalid"],
  ["rps", "1e999", "claim_invalid"],
  ["bps", '"1MB"', "claim_invalid"],
  ["ttl", "0", "claim_invalid"],
  ["visitors", '["0.0.0.0/33"]', "claim_invalid"],
  ["visitors", '"127.0.0.1"', "claim_invalid"],
];

const badHeaders: readonly (readonly [what: string, header: object, reason: string])[] = [
  ["a critical extension", { crit: ["x-tun"], "x-tun": 1 }, "header_refused"],
  ["an empty list of critical extensions", { crit: [] }, "header_refused"],
  ["the attacker's own key", { jwk: { kty: "oct", k: "AAAA" } }, "header_refused"],
  ["an address of keys", { jku: "https://evil.example/jwks" }, "header_refused"],
  ["an address of certificates", { x5u: "https://evil.example/x" }, "header_refused"],
  ["a certificate", { x5c: ["AAAA"] }, "header_refused"],
  ["a nested token", { cty: "JWT" }, "header_refused"],
  ["a payload that is not encoded", { b64: false }, "header_refused"],
  ["a compressed payload", { zip: "DEF" }, "header_refused"],
  ["another type", { typ: "logout+jwt" }, "typ_refused"],
  ["a type that is no text", { typ: ["JWT"] }, "typ_refused"],
  ["a key name that is no text", { kid: { $ne: null } }, "header_refused"],
  ["an endless key name", { kid: "k".repeat(600) }, "header_refused"],
  ["no algorithm", { alg: undefined }, "alg_refused"],
  ["algorithm none", { alg: "none" }, "alg_refused"],
  ["algorithm nOnE", { alg: "nOnE" }, "alg_refused"],
  ["a list of algorithms", { alg: ["HS256"] }, "alg_refused"],
  ["an algorithm in lower case", { alg: "hs256" }, "alg_refused"],
];

/** All of them. */
export const ATTACKS: readonly Attack[] = [
  ["no token", "token_missing", () => undefined],
  ["an empty token", "token_missing", () => ""],
  ["a word", "token_malformed", () => "password"],
  ["two parts", "token_malformed", () => "a.b"],
  ["five parts: an encrypted token", "token_malformed", () => "a.b.c.d.e"],
  [
    "a token that is too large",
    "token_too_large",
    ({ own }) => own.sign(ours({ x: "x".repeat(9000) })),
  ],
  ["a token without signature", "alg_refused", () => joinToken({ alg: "none" }, ours())],
  [
    "a token whose signature was taken off",
    "signature_invalid",
    async ({ own }) => (await own.sign(ours())).replace(/[^.]*$/, ""),
  ],
  [
    "a signature with one bit changed",
    "signature_invalid",
    async ({ ec }) => {
      const token = await ec.sign(ours());
      const at = token.lastIndexOf(".") + 5;
      return token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
    },
  ],
  [
    "other claims under a good signature",
    "signature_invalid",
    async ({ own }) => {
      const [header, , signature] = (await own.sign(ours())).split(".");
      return `${header}.${encodeBase64Url(JSON.stringify(ours({ names: ["*"] })))}.${signature}`;
    },
  ],
  [
    "another spelling of a good signature",
    "token_malformed",
    async ({ own }) => `${await own.sign(ours())}=`,
  ],
  [
    "base64 in place of base64url",
    "token_malformed",
    async ({ own }) => `${(await own.sign(ours())).slice(0, -2)}+/`,
  ],
  [
    "bits beyond the end of the signature",
    "token_malformed",
    async ({ own }) => {
      const token = await own.sign(ours());
      const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
      return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1)!) ^ 1];
    },
  ],
  [
    "another's secret",
    "signature_invalid",
    () => TokenSigner.ofSecret("guess".repeat(20)).sign(ours()),
  ],
  ["no secret at all", "signature_invalid", () => TokenSigner.ofSecret("\0").sign(ours())],
  [
    "a public key in place of the secret: PEM",
    "signature_invalid",
    ({ rsa }) => TokenSigner.ofSecret(rsa.pem!).sign(ours(), { kid: "rsa" }),
  ],
  [
    "a public key in place of the secret: JWK",
    "signature_invalid",
    ({ rsa }) => TokenSigner.ofSecret(JSON.stringify(rsa.jwk)).sign(ours(), { kid: "rsa" }),
  ],
  [
    "a public key in place of the secret: the modulus",
    "signature_invalid",
    ({ rsa }) => TokenSigner.ofSecret(rsa.jwk!.n!).sign(ours(), { kid: "rsa" }),
  ],
  [
    "a stranger's key by a known name",
    "signature_invalid",
    ({ stranger }) => stranger.sign(ours()),
  ],
  ["a known key by an unknown name", "key_unknown", ({ ec }) => ec.sign(ours(), { kid: "no" })],
  ["a known key by another's name", "key_unknown", ({ ec }) => ec.sign(ours(), { kid: "ed" })],
  [
    "an RSA key for an algorithm that it is not for",
    "alg_refused",
    async ({ rsa }) => {
      const [, claims, signature] = (await rsa.sign(ours())).split(".");
      return `${encodeBase64Url('{"alg":"PS256","kid":"rsa"}')}.${claims}.${signature}`;
    },
  ],
  [
    "an algorithm of no key here",
    "alg_refused",
    async () => await (await TokenSigner.pair("ES384", "ec")).sign(ours()),
  ],
  [
    "an ECDSA signature of zeros",
    "signature_invalid",
    () => joinToken({ alg: "ES256", kid: "ec" }, ours(), new Uint8Array(64)),
  ],
  [
    "an ECDSA signature in DER",
    "signature_invalid",
    () => joinToken({ alg: "ES256", kid: "ec" }, ours(), new Uint8Array(71).fill(0x30)),
  ],
  ["the CI's key for a token of ours", "key_unknown", ({ ci }) => ci.sign(ours())],
  ["our key for a token of the CI", "key_unknown", ({ ec }) => ec.sign(fromCi())],
  ["our secret for a token of the CI", "alg_refused", ({ own }) => own.sign(fromCi())],
  [
    "a CI job of somebody else",
    "claims_refused",
    ({ ci }) => ci.sign(fromCi({ repository: "evil/x" })),
  ],
  [
    "a CI job that names no repository",
    "claims_refused",
    ({ ci }) => ci.sign(fromCi({ repository: undefined })),
  ],
  [
    "a CI job that hides behind a list",
    "claim_invalid",
    ({ ci }) => ci.sign(fromCi({ repository: ["acme/shop", "evil"] })),
  ],
  [
    "a CI token for another service",
    "audience_refused",
    ({ ci }) => ci.sign(fromCi({ aud: "bank" })),
  ],
  [
    "a CI token that grants itself",
    "claims_refused",
    ({ ci }) => ci.sign(fromCi({ repository: "x", names: ["*"] })),
  ],
  ["a revoked subject of the CI", "token_revoked", ({ ci }) => ci.sign(fromCi({ sub: "eve" }))],
  ["no subject", "claim_missing", ({ own }) => own.sign({ ...ours(), sub: undefined })],
  ["no expiry", "claim_missing", ({ own }) => own.sign({ ...ours(), exp: undefined })],
  ["no issuer", "claim_missing", ({ own }) => own.sign({ ...ours(), iss: undefined })],
  ["no audience", "claim_missing", ({ own }) => own.sign({ ...ours(), aud: undefined })],
  [
    "a claim twice",
    "token_malformed",
    ({ own }) => own.sign(`${claimText("sub", '"eve"').slice(0, -1)},"sub":"ada"}`),
  ],
  [
    "a claim twice, once in disguise",
    "token_malformed",
    ({ own }) => own.sign(`${claimText("sub", '"eve"').slice(0, -1)},"\\u0073ub":"ada"}`),
  ],
  [
    "an algorithm twice",
    "token_malformed",
    ({ own }) => own.signHeader('{"alg":"HS256","alg":"none"}', ours()),
  ],
  ["claims that are a list", "token_malformed", ({ own }) => own.sign("[]")],
  ["claims that are not JSON", "token_malformed", ({ own }) => own.sign("{sub:'ada'}")],
  [
    "claims behind a byte order mark",
    "token_malformed",
    ({ own }) => own.sign(`\ufeff${JSON.stringify(ours())}`),
  ],
  [
    "a subject that is inherited",
    "claim_missing",
    ({ own }) => own.sign(claimText("sub", "0").replace('"sub":0', '"__proto__":{"sub":"ada"}')),
  ],
  [
    "a header that is not UTF-8",
    "token_malformed",
    () => `${encodeBase64Url(new Uint8Array([0x7b, 0xff, 0x7d]))}.e30.AAAA`,
  ],
  ["a token in hex", "token_malformed", () => encodeHex(new TextEncoder().encode("{}"))],
  ...badHeaders.map(([what, header, reason]): Attack => [
    `a header with ${what}`,
    reason,
    ({ own }) => own.signHeader({ alg: "HS256", typ: "JWT", ...header }, ours()),
  ]),
  ...badClaims.map(([name, json, reason]): Attack => [
    `${name} ${json.length > 40 ? `of ${json.length} characters` : json}`,
    reason,
    ({ own }) => own.sign(claimText(name, json)),
  ]),
];
