/**
 * The claims that every token has in common (RFC 7519): whose it is, who says so, for
 * whom, from when and until when.
 *
 * Times are whole seconds, as text they are refused. The clock tolerance is for
 * issuers whose clock is ahead of ours (`nbf`, `iat`); `exp` is exact, because it is
 * also the moment in which a session ends.
 *
 * @module
 */

import { refuse } from "./refusal.ts";
import type { Claims } from "./signed_token.ts";

/** Clocks that are kept by NTP differ by less; those of laptops that woke up just now, by that. */
const TOLERANCE_SECONDS = 30;

/** The last second of the year 9999: dates are not written beyond. */
const LAST_SECOND = 253_402_300_799;

/** GitHub's subjects name a repository and a ref; a ref has at most 255 bytes by itself. */
const MAX_ID_CHARACTERS = 512;

/** What every token says. */
export interface RegisteredClaims {
  /** `iss`, or nothing. */
  readonly issuer: string | undefined;
  /** `sub`. */
  readonly subject: string;
  /** `aud`, as a list. */
  readonly audiences: readonly string[];
  /** `jti`, if there is one. */
  readonly tokenId: string | undefined;
  /** `exp`, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** How long the token was made to last: from `iat`, or from now if it does not say. */
  readonly lifetimeMs: number;
}

/**
 * Reads them.
 *
 * @throws {HandshakeRefused} If one is missing, of a wrong type, or the time is wrong.
 */
export function readRegisteredClaims(claims: Claims, now: number): RegisteredClaims {
  const subject = id(claims, "sub");
  if (subject === undefined) throw refuse("claim_missing", "sub");
  const exp = second(claims, "exp");
  if (exp === undefined) throw refuse("claim_missing", "exp");
  const issuer = id(claims, "iss");
  const tokenId = id(claims, "jti");
  const audiences = audiencesOf(claims);
  const iat = second(claims, "iat");
  const latest = now / 1000 + TOLERANCE_SECONDS;
  if (Math.max(second(claims, "nbf") ?? 0, iat ?? 0) > latest) throw refuse("token_not_yet_valid");
  const expiresAt = exp * 1000;
  if (expiresAt <= now) throw refuse("token_expired");
  const lifetimeMs = expiresAt - (iat === undefined ? now : iat * 1000);
  return { issuer, subject, audiences, tokenId, expiresAt, lifetimeMs };
}

/** Own keys only: a claim is never inherited. */
function claimOf(claims: Claims, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

function id(claims: Claims, name: string): string | undefined {
  const value = claimOf(claims, name);
  if (value === undefined || isId(value)) return value;
  throw refuse("claim_invalid", name);
}

/** Text that can go into logs and file names of lists: no control characters, no half characters. */
export function isId(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_ID_CHARACTERS &&
    value.isWellFormed() && !/\p{Cc}|\p{Zl}|\p{Zp}/u.test(value);
}

function audiencesOf(claims: Claims): readonly string[] {
  const value = claimOf(claims, "aud");
  if (value === undefined) return [];
  const list = Array.isArray(value) ? value : [value];
  if (list.length > 0 && list.every(isId)) return list;
  throw refuse("claim_invalid", "aud");
}

function second(claims: Claims, name: string): number | undefined {
  const value = claimOf(claims, name);
  if (value === undefined) return undefined;
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= LAST_SECOND) {
    return value as number;
  }
  throw refuse("claim_invalid", name);
}
