/**
 * Who a name or a port belongs to.
 *
 * With auth an owner is the token's issuer and subject; without, it is whoever
 * knows a lease key: 32 random bytes that the client made. Both become an id by
 * SHA-256, so a copy of the stored leases gives away neither a key nor a
 * subject.
 *
 * @module
 */

import { sameText } from "../constant_time.ts";
import { encodeBase32 } from "./base32.ts";

/** An owner as it is stored and compared: where it comes from, and a digest. */
export type OwnerId = `sub.${string}` | `key.${string}`;

/** Length of a lease key. 256 bits: guessing one is out of the question. */
export const LEASE_KEY_BYTES = 32;

const OWNER_PATTERN = /^(?:sub|key)\.[0-9a-hjkmnp-tv-z]{52}$/;

/** The owner behind a verified token. */
export async function subjectOwner(issuer: string, subject: string): Promise<OwnerId> {
  // JSON, because plain joining would let ("a", "bc") pass for ("ab", "c").
  const bytes = new TextEncoder().encode(JSON.stringify([issuer, subject]));
  return `sub.${await digest(bytes)}`;
}

/**
 * The owner who knows `key`.
 *
 * @throws {RangeError} If the key is not exactly {@linkcode LEASE_KEY_BYTES} long.
 */
export async function leaseKeyOwner(key: Uint8Array): Promise<OwnerId> {
  if (key.length !== LEASE_KEY_BYTES) {
    throw new RangeError(
      `Cannot use lease key as it must have ${LEASE_KEY_BYTES} bytes: it has ${key.length}`,
    );
  }
  return `key.${await digest(key)}`;
}

/** True when `value` has the form of an owner id; for what comes from a disk. */
export function isOwnerId(value: unknown): value is OwnerId {
  return typeof value === "string" && OWNER_PATTERN.test(value);
}

/**
 * Compares two owners in a time that does not depend on where they differ: the
 * digest of a lease key is what stands between a stranger and the name.
 */
export function sameOwner(a: OwnerId, b: OwnerId): boolean {
  return sameText(a, b);
}

async function digest(bytes: Uint8Array): Promise<string> {
  return encodeBase32(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.slice())));
}
