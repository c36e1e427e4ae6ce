/**
 * Public keys as text: a JWKS, one JWK, or PEM with public keys and certificates.
 *
 * @module
 */

import { exportJWK, importSPKI, importX509, type JWK } from "jose";
import { isJsonObject, parseStrictJson } from "./strict_json.ts";
import { KeyError, VerificationKey } from "./verification_key.ts";

/** Providers publish two to ten; each is one more that a token without `kid` is tried with. */
const MAX_KEYS = 64;

/** Keys, and what was wrong with the others. */
export interface ReadKeys {
  readonly keys: readonly VerificationKey[];
  /** One line each. */
  readonly faults: readonly KeyError[];
}

/**
 * Reads keys.
 *
 * @throws {KeyError} `unreadable`, if the text as a whole makes no sense.
 */
export async function readKeys(text: string): Promise<ReadKeys> {
  const isPem = text.trimStart().startsWith("-----BEGIN ");
  const jwks = isPem ? await jwksOfPem(text) : jwksOfJson(text);
  if (jwks.length > MAX_KEYS) {
    throw new KeyError("unreadable", `there are ${jwks.length} keys, more than ${MAX_KEYS}`);
  }
  const keys: VerificationKey[] = [];
  const faults: KeyError[] = [];
  for (const [index, jwk] of jwks.entries()) {
    try {
      keys.push(await VerificationKey.ofJwk(jwk));
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      const which = jwks.length === 1 ? "the key" : `key ${index + 1}`;
      faults.push(
        new KeyError(error.code, `${which} cannot be used: ${error.message}`, { cause: error }),
      );
    }
  }
  return { keys, faults };
}

/** True if a text may be keys; only {@linkcode readKeys} knows. */
export function looksLikeKeys(text: string): boolean {
  if (text.trimStart().startsWith("-----BEGIN ")) return true;
  try {
    return jwksOfJson(text) !== undefined;
  } catch (error) {
    if (error instanceof KeyError) return false;
    throw error;
  }
}

function jwksOfJson(text: string): readonly JWK[] {
  let value: unknown;
  try {
    value = parseStrictJson(text);
  } catch (cause) {
    throw new KeyError("unreadable", "it is neither JSON nor PEM", { cause });
  }
  if (isJsonObject(value)) {
    const list = Object.hasOwn(value, "keys") ? value.keys : [value];
    if (Array.isArray(list) && list.every(isJwk)) return list;
  }
  throw new KeyError("unreadable", "it is neither a key nor a set of keys");
}

function isJwk(value: unknown): value is JWK {
  return isJsonObject(value) && typeof value.kty === "string";
}

/** Without `kid`: PEM has none. */
async function jwksOfPem(text: string): Promise<JWK[]> {
  const blocks = text.match(/-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g) ?? [];
  const jwks: JWK[] = [];
  for (const block of blocks) jwks.push(await jwkOfPem(block));
  if (jwks.length > 0) return jwks;
  throw new KeyError("unreadable", "the PEM in it is not whole");
}

async function jwkOfPem(block: string): Promise<JWK> {
  const label = /^-----BEGIN ([A-Z0-9 ]+)-----/.exec(block)![1]!;
  if (label.endsWith("PRIVATE KEY")) {
    throw new KeyError("unsafe", "there is a private key in it: give its public half");
  }
  if (label !== "PUBLIC KEY" && label !== "CERTIFICATE") {
    throw new KeyError("unreadable", `PEM of a ${label} is not understood`);
  }
  const read = label === "CERTIFICATE" ? importX509 : importSPKI;
  // What kind of key it is shows in which reading succeeds.
  for (const alg of ["RS256", "ES256", "ES384", "EdDSA"]) {
    try {
      return await exportJWK(await read(block, alg, { extractable: true }));
    } catch {
      continue;
    }
  }
  throw new KeyError("unfit", "the key in it is neither RSA, P-256, P-384 nor Ed25519");
}
