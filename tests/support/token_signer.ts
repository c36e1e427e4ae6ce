/**
 * Somebody who signs tokens: with a key pair, a secret, or whatever an attacker thinks of.
 *
 * @module
 */

import { encodeBase64Url } from "@std/encoding/base64url";
import {
  CompactSign,
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWK,
} from "jose";

/** The claims of a token that anybody would take, an hour long. */
export function goodClaims(more: Record<string, unknown> = {}): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  return { sub: "ada", iat: now, exp: now + 3600, ...more };
}

/** A token of any three parts; objects become JSON. */
export function joinToken(
  header: unknown,
  claims: unknown,
  signature: Uint8Array = new Uint8Array(),
): string {
  const part = (value: unknown) =>
    encodeBase64Url(typeof value === "string" ? value : JSON.stringify(value));
  return `${part(header)}.${part(claims)}.${encodeBase64Url(signature)}`;
}

/** A signer with one key. */
export class TokenSigner {
  readonly alg: string;
  readonly kid: string | undefined;
  /** The public half; nothing if the key is a secret. */
  readonly jwk: JWK | undefined;
  /** The same in PEM. */
  readonly pem: string | undefined;
  readonly #key: CryptoKey | Uint8Array;

  private constructor(
    alg: string,
    key: CryptoKey | Uint8Array,
    { kid, jwk, pem }: {
      kid?: string | undefined;
      jwk?: JWK | undefined;
      pem?: string | undefined;
    } = {},
  ) {
    this.alg = alg;
    this.kid = kid;
    this.jwk = jwk;
    this.pem = pem;
    this.#key = key;
  }

  /** Makes a key pair. */
  static async pair(
    alg: string,
    kid?: string,
    options: { modulusLength?: number } = {},
  ): Promise<TokenSigner> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true, ...options });
    const jwk: JWK = await exportJWK(publicKey);
    if (kid !== undefined) jwk.kid = kid;
    return new TokenSigner(alg, privateKey, { kid, jwk, pem: await exportSPKI(publicKey) });
  }

  /** Signs with a secret. */
  static ofSecret(secret: string, alg = "HS256"): TokenSigner {
    return new TokenSigner(alg, new TextEncoder().encode(secret));
  }

  /** Another name for the algorithm, or another algorithm for the key. */
  as(alg: string): TokenSigner {
    return new TokenSigner(alg, this.#key, { kid: this.kid, jwk: this.jwk, pem: this.pem });
  }

  /** The key set with this key alone. */
  get jwks(): string {
    return JSON.stringify({ keys: [this.jwk] });
  }

  /** Signs claims, or any text in their place. */
  async sign(
    claims: Record<string, unknown> | string = goodClaims(),
    header: Record<string, unknown> = {},
  ): Promise<string> {
    const text = typeof claims === "string" ? claims : JSON.stringify(claims);
    const { alg, kid } = this;
    return await new CompactSign(new TextEncoder().encode(text))
      .setProtectedHeader({ alg, typ: "JWT", ...(kid === undefined ? {} : { kid }), ...header })
      .sign(this.#key, { crit: { "x-tun": true } });
  }

  /** Signs a header that no library would write, with HMAC. */
  async signHeader(header: unknown, claims: unknown = goodClaims()): Promise<string> {
    const unsigned = joinToken(header, claims).replace(/\.$/, "");
    const key = await crypto.subtle.importKey(
      "raw",
      (this.#key as Uint8Array).slice(),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign"],
    );
    const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(unsigned));
    return `${unsigned}.${encodeBase64Url(mac)}`;
  }
}

/** A server of keys, on a port of its own. */
export class KeyServer implements AsyncDisposable {
  /** What it answers. */
  answer: (request: Request) => Response | Promise<Response>;
  /** How often it was asked. */
  asked = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /** Answers with the keys of these signers, until told otherwise. */
  constructor(...signers: readonly TokenSigner[]) {
    this.answer = () => KeyServer.keysOf(...signers);
    this.#server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
      this.asked++;
      return this.answer(request);
    });
  }

  /** The answer with the keys of some signers. */
  static keysOf(...signers: readonly TokenSigner[]): Response {
    return Response.json({ keys: signers.map(({ jwk }) => jwk) });
  }

  /** Where the keys are. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/keys`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
