/**
 * Takes a token apart, strictly, before any cryptography: what is not exactly a
 * signed JWT of ours goes no further. Nothing in a header is followed: keys are
 * found by what the operator configured alone.
 *
 * @module
 */

import { decodeBase64Url, encodeBase64Url } from "@std/encoding/base64url";
import { type Algorithm, isAlgorithm } from "./algorithm.ts";
import { refuse } from "./refusal.ts";
import { isJsonObject, parseStrictJson } from "./strict_json.ts";

/**
 * Tokens of CI systems have 1 to 3 KiB, those of companies with many groups up to 8. Looked at
 * before anything is decoded; the wire itself carries no more than 12 KiB.
 */
const MAX_TOKEN_CHARACTERS = 8 * 1024;

/** The longest key id that anybody uses is a URL. */
const MAX_KID_CHARACTERS = 512;

/**
 * Headers that bring a key, say where to fetch one, or change what the signature covers or
 * the payload is. A server that obeys them believes whatever it is told.
 */
const REFUSED_HEADERS = ["crit", "jwk", "jku", "x5u", "x5c", "cty", "b64", "zip", "enc", "epk"];

/** The types of token that may mean us: none given, a plain one, an access token (RFC 9068). */
const TYPES: ReadonlySet<unknown> = new Set([undefined, "jwt", "at+jwt"]);

/** The claims of a token, whatever they are. */
export type Claims = Readonly<Record<string, unknown>>;

/** A token whose signature is still to be checked. */
export interface SignedToken {
  /** As it came. */
  readonly compact: string;
  /** How it says it is signed. */
  readonly alg: Algorithm;
  /** Which key it says it is signed with. */
  readonly kid: string | undefined;
  /** What it says: not to be believed yet. */
  readonly claims: Claims;
}

/**
 * Takes a token apart.
 *
 * @throws {HandshakeRefused} If it is not one.
 */
export function readToken(compact: string): SignedToken {
  if (compact === "") throw refuse("token_missing");
  if (compact.length > MAX_TOKEN_CHARACTERS) throw refuse("token_too_large");
  const parts = compact.split(".");
  if (parts.length === 5) throw refuse("token_malformed", "it is encrypted");
  if (parts.length !== 3) throw refuse("token_malformed");
  const header = objectOf(parts[0]!, "header");
  const { alg, kid } = header;
  if (!isAlgorithm(alg)) throw refuse("alg_refused");
  for (const name of REFUSED_HEADERS) {
    if (Object.hasOwn(header, name)) throw refuse("header_refused", name);
  }
  if (!isType(header.typ)) throw refuse("typ_refused");
  if (!isKid(kid)) throw refuse("header_refused", "kid");
  const claims = objectOf(parts[1]!, "claims");
  bytesOf(parts[2]!, "signature");
  return { compact, alg, kid, claims };
}

function isType(typ: unknown): boolean {
  if (typeof typ !== "string") return TYPES.has(typ);
  return TYPES.has(typ.toLowerCase().replace(/^application\//, ""));
}

function isKid(kid: unknown): kid is string | undefined {
  if (kid === undefined) return true;
  return typeof kid === "string" && kid !== "" && kid.length <= MAX_KID_CHARACTERS;
}

/** One way of writing it alone is taken: two tokens that differ must not be the same. */
function bytesOf(part: string, what: string): Uint8Array {
  try {
    const bytes = decodeBase64Url(part);
    if (encodeBase64Url(bytes) === part) return bytes;
  } catch {
    // Said below: it comes to the same.
  }
  throw refuse("token_malformed", what);
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function objectOf(part: string, what: string): Claims {
  const bytes = bytesOf(part, what);
  let value: unknown;
  try {
    value = parseStrictJson(strictUtf8.decode(bytes));
  } catch {
    throw refuse("token_malformed", what);
  }
  if (!isJsonObject(value)) throw refuse("token_malformed", what);
  return value;
}
