/**
 * Which names exist: what people may choose, and the random name that an owner
 * gets for nothing.
 *
 * A name is one DNS label. Upper case is refused, not folded: a token's
 * `names` are compared with what the client sent, and two spellings of one
 * name would be two answers.
 *
 * @module
 */

import { encodeBase32 } from "./base32.ts";
import type { OwnerId } from "./owner.ts";

/** The longest DNS label (RFC 1035, 2.3.4). */
export const MAX_NAME_LENGTH = 63;

/**
 * Digits of a random name. 60 bits: guessing one of a million names that are
 * online takes 10^12 tries, and the name still fits in a terminal.
 */
const STABLE_NAME_LENGTH = 12;

const STABLE_NAME_PATTERN = /^[0-9a-hjkmnp-tv-z]{12}$/;

/** Why a chosen name is refused. */
export type NameFault =
  | "empty"
  | "too_long"
  | "bad_character"
  | "edge_hyphen"
  /** Hyphens at places 3 and 4: `xn--` and its future kin (RFC 5891, 4.2.3.1). */
  | "punycode"
  | "reserved"
  | "looks_random";

/** The verdict on a chosen name. */
export type NameCheck =
  | { readonly state: "ok" }
  | { readonly state: "refused"; readonly fault: NameFault; readonly message: string };

const OK: NameCheck = { state: "ok" };

const OPERATOR = "visitors would take it for the operator's own page";
const MAIL = "mail software looks for it by itself";
const NETWORK = "computers look for it by themselves";

/** Names that nobody may choose, each with the reason. */
export const RESERVED_NAMES: ReadonlyMap<string, string> = new Map([
  ...["www", "api", "admin", "account", "auth", "billing", "login", "signin", "sso"]
    .map((name) => [name, OPERATOR] as const),
  ...["abuse", "hostmaster", "postmaster", "root", "security", "status", "support", "webmaster"]
    .map((name) => [name, OPERATOR] as const),
  ...["mail", "email", "smtp", "imap", "pop", "pop3", "webmail", "mta-sts"]
    .map((name) => [name, MAIL] as const),
  ...["autoconfig", "autodiscover"].map((name) => [name, MAIL] as const),
  ...["wpad", "isatap", "dns", "ns", "mx", "ftp"].map((name) => [name, NETWORK] as const),
  ["localhost", "it means the visitor's own machine"],
  ["local", "it means the visitor's own network"],
  ["internal", "it means the visitor's own network"],
  ["connect", "tunnel clients connect there"],
  ["tun", "tunnel clients connect there"],
  ["tunnel", "tunnel clients connect there"],
]);

/** `ns1`, `mx20`, `dns0`: the reserved words in their numbered form. */
const NUMBERED_PATTERN = /^(?:ns|mx|dns|www|mail|smtp)[0-9]+$/;

/** Says whether `name` may be chosen by a person, and if not, why. */
export function checkChosenName(
  name: string,
  reserved: ReadonlyMap<string, string> = RESERVED_NAMES,
): NameCheck {
  if (name === "") return refused("empty", "A name needs at least one character");
  if (name.length > MAX_NAME_LENGTH) {
    return refused("too_long", `A name has at most ${MAX_NAME_LENGTH} characters`);
  }
  if (!/^[a-z0-9-]+$/.test(name)) {
    return refused("bad_character", "A name has only the characters a-z, 0-9 and -");
  }
  if (name.startsWith("-") || name.endsWith("-")) {
    return refused("edge_hyphen", "A name neither starts nor ends with a hyphen");
  }
  if (name.startsWith("--", 2)) {
    return refused("punycode", "A name has no hyphens at both its third and fourth place");
  }
  const reason = reserved.get(name) ?? (NUMBERED_PATTERN.test(name) ? NETWORK : undefined);
  if (reason !== undefined) return refused("reserved", `'${name}' is reserved: ${reason}`);
  if (isStableName(name)) {
    return refused("looks_random", `'${name}' has the shape of a random name; add a hyphen`);
  }
  return OK;
}

/** True when `name` has the shape of {@linkcode stableName}'s results. */
export function isStableName(name: string): boolean {
  return STABLE_NAME_PATTERN.test(name);
}

/**
 * The random name of `owner` for `key` (what the tunnel is for): the same for
 * ever, on every server, with nothing stored anywhere.
 *
 * It is no secret: who knows issuer, subject and key can compute it.
 */
export async function stableName(owner: OwnerId, key: string): Promise<string> {
  // An owner id has no NUL, so the first one ends it.
  const bytes = new TextEncoder().encode(`${owner}\0${key}`);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return encodeBase32(new Uint8Array(digest, 0, 8)).slice(0, STABLE_NAME_LENGTH);
}

function refused(fault: NameFault, message: string): NameCheck {
  return { state: "refused", fault, message };
}
