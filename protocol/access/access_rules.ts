/**
 * Who may visit a tunnel, as a CLAIM says it in `options.access`.
 *
 * Other options are wishes, and a server that does not know one ignores it. These are not: a
 * client that has rules names {@linkcode ACCESS_REQUIREMENT} in its HELLO, and a server that
 * cannot read a rule refuses the claim, so that a tunnel is never more open than was asked for.
 *
 * @module
 */

import { decodeHex } from "@std/encoding/hex";
import { Cidr } from "../http1/cidr.ts";

/** What a client with access rules requires of a server. */
export const ACCESS_REQUIREMENT = "access";

/** Networks in one list, and users: with all of them a claim stays below the 16 KiB of its frame. */
export const MAX_NETWORKS = 64;
/** See {@linkcode MAX_NETWORKS}. */
export const MAX_CREDENTIALS = 32;

/** Bytes of the salt, and of a SHA-256. */
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** The rules as they are on the wire. */
export interface AccessOptions {
  /** Networks from which visitors may come; absent: from everywhere. */
  readonly allow?: readonly string[];
  /** Networks from which they may not; wins over `allow`. */
  readonly deny?: readonly string[];
  /** One of these must be presented, by Basic authentication. */
  readonly basic?: {
    /** 16 random bytes, in hex. */
    readonly salt: string;
    /** For each `user:password` the SHA-256 of salt and text, in hex. */
    readonly hashes: readonly string[];
  };
}

/** The rules, checked. */
export interface AccessRules {
  /** `null`: from everywhere. */
  readonly allow: readonly Cidr[] | null;
  /** Wins over `allow`. */
  readonly deny: readonly Cidr[];
  /** `null`: nobody has to say who they are. */
  readonly basic: BasicRules | null;
}

/** Credentials that only who knows them can recognise. */
export interface BasicRules {
  /** Makes the same credentials look different in each tunnel. */
  readonly salt: Uint8Array<ArrayBuffer>;
  /** What {@linkcode hashCredentials} makes of them. */
  readonly hashes: readonly Uint8Array[];
}

/** The rules, or one line on why they cannot be kept. */
export type AccessReading<Nothing = never> =
  | { readonly ok: true; readonly rules: AccessRules | Nothing }
  | { readonly ok: false; readonly fault: string };

/** Reads rules; a key that is not known is a rule that would not be kept. */
export function readAccessOptions(value: unknown, kind: "http" | "tcp"): AccessReading {
  if (!isObject(value)) return fault("access is not an object");
  const { allow, deny, basic, ...unknown } = value;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) {
    return fault(`the rule ${JSON.stringify(stranger.slice(0, 40))} is not known here`);
  }
  const allowed = readNetworks(allow);
  const denied = readNetworks(deny);
  if (typeof allowed === "string") return fault(`allow: ${allowed}`);
  if (typeof denied === "string") return fault(`deny: ${denied}`);
  if (basic !== undefined && kind === "tcp") return fault("a TCP tunnel cannot ask for a login");
  const credentials = basic === undefined ? null : readBasic(basic);
  if (credentials === undefined) return fault("basic is not salt and hashes, or has too many");
  return { ok: true, rules: { allow: allowed, deny: denied ?? [], basic: credentials } };
}

/** What is kept of `user:password`. */
export async function hashCredentials(
  salt: Uint8Array,
  credentials: Uint8Array,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(salt.length + credentials.length);
  bytes.set(salt);
  bytes.set(credentials, salt.length);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

function fault(text: string): AccessReading {
  return { ok: false, fault: text };
}

function readNetworks(value: unknown): readonly Cidr[] | null | string {
  if (value === undefined) return null;
  if (!Array.isArray(value) || value.length === 0) return "expected a list of networks";
  if (value.length > MAX_NETWORKS) return `expected at most ${MAX_NETWORKS} networks`;
  const networks: Cidr[] = [];
  for (const one of value) {
    if (typeof one !== "string") return "expected a list of networks";
    const network = Cidr.parse(one);
    if (network === null) return Cidr.complaint(one);
    networks.push(network);
  }
  return networks;
}

function readBasic(value: unknown): BasicRules | undefined {
  if (!isObject(value) || Object.keys(value).length !== 2) return undefined;
  const { salt, hashes } = value;
  if (!Array.isArray(hashes) || hashes.length === 0 || hashes.length > MAX_CREDENTIALS) {
    return undefined;
  }
  if (!isHex(salt, SALT_BYTES) || !hashes.every((hash) => isHex(hash, HASH_BYTES))) {
    return undefined;
  }
  return { salt: decodeHex(salt), hashes: hashes.map((hash) => decodeHex(hash)) };
}

function isHex(value: unknown, bytes: number): value is string {
  return typeof value === "string" && value.length === 2 * bytes && /^[0-9a-f]+$/.test(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
