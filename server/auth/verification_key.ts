/**
 * A key that tokens can be checked with, pinned to what it is for: an RSA key never
 * passes for a secret, a P-256 key checks ES256 and nothing else.
 *
 * @module
 */

import { decodeBase64Url } from "@std/encoding/base64url";
import { encodeHex } from "@std/encoding/hex";
import {
  calculateJwkThumbprint,
  compactVerify,
  type CryptoKey,
  errors,
  importJWK,
  type JWK,
} from "jose";
import { type Algorithm, algorithmsOf, isAlgorithm, type KeyKind } from "./algorithm.ts";

/** Shorter ones are broken by those who can pay for it (NIST SP 800-131A). */
const MIN_RSA_BITS = 2048;

/** A signature of a longer one takes milliseconds to check, for anybody who says hello. */
const MAX_RSA_BITS = 8192;

/** What a hash is worth depends on the length of the secret (RFC 7518, 3.2). */
const SECRET_BYTES = { HS256: 0, HS384: 48, HS512: 64 } as const;

/** A key cannot be used, and why. */
export class KeyError extends Error {
  /** Tells the class apart. */
  override readonly name = "KeyError";
  /** `unfit`: not meant for this, or not known here; `unsafe`: it must not be used by anybody. */
  readonly code: "unfit" | "unsafe" | "unreadable";

  /** Makes an error for one key. */
  constructor(code: KeyError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A key with its uses. */
export class VerificationKey {
  /** How tokens name it; without, every name will do. */
  readonly kid: string | undefined;
  /** What it may be used for. */
  readonly algorithms: readonly Algorithm[];
  /** The same for the same key, wherever it comes from; gives nothing away. */
  readonly fingerprint: string;
  readonly #material: JWK | Uint8Array;
  readonly #imported = new Map<Algorithm, Promise<CryptoKey | Uint8Array>>();

  private constructor(
    material: JWK | Uint8Array,
    fingerprint: string,
    algorithms: readonly Algorithm[],
    kid?: string,
  ) {
    this.#material = material;
    this.fingerprint = fingerprint;
    this.algorithms = algorithms;
    this.kid = kid;
  }

  /** A shared secret. It is used for HS384 and HS512 only if it is as long as their hashes. */
  static async ofSecret(secret: string): Promise<VerificationKey> {
    const bytes = new TextEncoder().encode(secret);
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    const algorithms = algorithmsOf("secret")
      .filter((name) => bytes.length >= SECRET_BYTES[name as keyof typeof SECRET_BYTES]);
    return new VerificationKey(bytes, `secret.${encodeHex(digest)}`, algorithms);
  }

  /**
   * A public key. `alg`, `use` and `key_ops` are respected.
   *
   * @throws {KeyError} If it cannot be used.
   */
  static async ofJwk(jwk: JWK): Promise<VerificationKey> {
    if (jwk.kty === "oct") {
      throw new KeyError("unsafe", "it is a secret, which goes into TUN_JWT_SECRET");
    }
    if (jwk.d !== undefined) {
      throw new KeyError("unsafe", "it is a private key: give its public half");
    }
    if (jwk.use !== undefined && jwk.use !== "sig") {
      throw new KeyError("unfit", "its `use` is not `sig`");
    }
    if (jwk.key_ops !== undefined && !jwk.key_ops.includes("verify")) {
      throw new KeyError("unfit", "its `key_ops` do not have `verify`");
    }
    const algorithms = pinned(jwk, algorithmsOf(kindOf(jwk)));
    const key = new VerificationKey(jwk, await thumbprint(jwk), algorithms, kidOf(jwk));
    // Now, so that half a key fails the start and not a token.
    await key.#import(algorithms[0]!);
    return key;
  }

  /** Whether this key has signed a token in that way. */
  async hasSigned(compact: string, alg: Algorithm): Promise<boolean> {
    if (!this.algorithms.includes(alg)) return false;
    try {
      await compactVerify(compact, await this.#import(alg), { algorithms: [alg] });
      return true;
    } catch (error) {
      // Everything that jose has against a token says that it is not signed by this key.
      if (error instanceof errors.JOSEError) return false;
      throw error;
    }
  }

  #import(alg: Algorithm): Promise<CryptoKey | Uint8Array> {
    let imported = this.#imported.get(alg);
    if (imported === undefined) {
      imported = this.#material instanceof Uint8Array
        ? Promise.resolve(this.#material)
        : importPublic(this.#material, alg);
      this.#imported.set(alg, imported);
    }
    return imported;
  }
}

async function importPublic(jwk: JWK, alg: Algorithm): Promise<CryptoKey | Uint8Array> {
  const { kty, crv, n, e, x, y } = jwk;
  const fields = Object.entries({ kty, crv, n, e, x, y }).filter(([, value]) =>
    value !== undefined
  );
  try {
    return await importJWK(Object.fromEntries(fields) as JWK, alg);
  } catch (cause) {
    throw new KeyError("unreadable", `it is no ${kty} key that can be read`, { cause });
  }
}

async function thumbprint(jwk: JWK): Promise<string> {
  try {
    return `jwk.${await calculateJwkThumbprint(jwk)}`;
  } catch (cause) {
    throw new KeyError("unreadable", `it is no ${jwk.kty} key that can be read`, { cause });
  }
}

function kidOf({ kid }: JWK): string | undefined {
  if (kid === undefined || (typeof kid === "string" && kid !== "")) return kid;
  throw new KeyError("unreadable", "its `kid` is not text");
}

function kindOf(jwk: JWK): KeyKind {
  const { kty, crv } = jwk;
  if (kty === "RSA") {
    const bits = modulusBits(jwk);
    if (bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS) return "rsa";
    throw new KeyError(
      "unsafe",
      `an RSA key needs ${MIN_RSA_BITS} to ${MAX_RSA_BITS} bits: it has ${bits}`,
    );
  }
  if (kty === "EC" && crv === "P-256") return "p256";
  if (kty === "EC" && crv === "P-384") return "p384";
  if (kty === "OKP" && crv === "Ed25519") return "ed25519";
  throw new KeyError("unfit", "it is neither RSA, P-256, P-384 nor Ed25519");
}

function modulusBits({ n }: JWK): number {
  try {
    const bytes = decodeBase64Url(n ?? "");
    const first = bytes.findIndex((byte) => byte !== 0);
    return first === -1 ? 0 : (bytes.length - first) * 8 - (Math.clz32(bytes[first]!) - 24);
  } catch (cause) {
    throw new KeyError("unreadable", "its modulus cannot be read", { cause });
  }
}

/** A key that says what it is for is for nothing else. */
function pinned({ alg }: JWK, possible: readonly Algorithm[]): readonly Algorithm[] {
  if (alg === undefined) return possible;
  if (isAlgorithm(alg) && possible.includes(alg)) {
    // Two names of one thing: RFC 8037 and RFC 9864.
    return alg === "EdDSA" || alg === "Ed25519" ? possible : [alg];
  }
  throw new KeyError("unfit", "its `alg` is not one for such a key that is taken here");
}
