/**
 * What a session may do, in one place, and what says so: the claims of a token, or a
 * rule of `--grants`. What is not granted is not allowed.
 *
 * A claim of a wrong type refuses the whole token: a slip must not widen anything, and
 * must not be found out by a tunnel that does not come up.
 *
 * @module
 */

import { Cidr } from "@tun/protocol/http1";
import { includesPort, type PortRange } from "../registry/port_range.ts";
import { matchesPattern } from "./name_pattern.ts";
import { refuse } from "./refusal.ts";
import type { Claims } from "./signed_token.ts";

/** What goes through a tunnel. */
export type GrantedKind = "http" | "tcp";

/** What a session may do. */
export interface Grant {
  /** Names that may be chosen, exact or with `*`; a random one may always be had. */
  readonly names: readonly string[];
  /** Public ports that may be had. */
  readonly ports: readonly PortRange[];
  /** What may be tunnelled. */
  readonly kinds: readonly GrantedKind[];
  /** Tunnels at once. */
  readonly tunnels: number;
  /** Visitors' requests and connections at once, over all of its tunnels. */
  readonly streams: number;
  /** Visitors' requests and connections a second. */
  readonly requestsPerSecond: number;
  /** Bytes a second, each way. */
  readonly bytesPerSecond: number;
  /** How long the session may last. */
  readonly sessionMs: number;
  /** Where visitors may come from; `null` for anywhere. */
  readonly visitors: readonly Cidr[] | null;
}

/** Tunnels of a token that does not say: more than anybody starts by hand. */
const DEFAULT_TUNNELS = 100;

/** Entries of one list; a token has room for few more. */
const MAX_ENTRIES = 256;

const UNLIMITED = {
  streams: Infinity,
  requestsPerSecond: Infinity,
  bytesPerSecond: Infinity,
  sessionMs: Infinity,
  visitors: null,
} as const;

/** Without tokens everybody may have everything. */
export const EVERYTHING: Grant = {
  ...UNLIMITED,
  names: ["*"],
  ports: [{ first: 1, last: 65_535 }],
  kinds: ["http", "tcp"],
  tunnels: DEFAULT_TUNNELS,
};

/** The claims of which a grant is made; a rule of `--grants` has the same keys. */
export const GRANT_CLAIMS: readonly string[] = [
  ...["names", "ports", "kinds", "tunnels", "streams", "rps", "bps", "ttl", "visitors"],
];

/**
 * Reads a grant.
 *
 * @throws {HandshakeRefused} `claim_invalid`, with the name of the claim.
 */
export function grantFromClaims(claims: Claims): Grant {
  const read = new GrantReader(claims);
  return {
    names: read.list("names", (name) => isNamePattern(name) ? name : undefined) ?? [],
    ports: read.list("ports", portRange) ?? [],
    kinds: read.list("kinds", (kind) => isKind(kind) ? kind : undefined) ?? ["http", "tcp"],
    tunnels: read.count("tunnels") ?? DEFAULT_TUNNELS,
    streams: read.count("streams") ?? UNLIMITED.streams,
    requestsPerSecond: read.count("rps") ?? UNLIMITED.requestsPerSecond,
    bytesPerSecond: read.count("bps") ?? UNLIMITED.bytesPerSecond,
    sessionMs: (read.count("ttl") ?? UNLIMITED.sessionMs) * 1000,
    visitors: read.list("visitors", (text) => Cidr.parse(text) ?? undefined) ?? UNLIMITED.visitors,
  };
}

/** A tunnel that is asked for, or there. */
export interface TunnelWish {
  /** What goes through it. */
  readonly kind: GrantedKind;
  /** The name that was chosen. */
  readonly name?: string | undefined;
  /** The port. */
  readonly port?: number | undefined;
}

/** What a grant has against something; the code is one of CLAIM_REFUSED. */
export interface GrantFault {
  readonly code: "not_permitted" | "port_refused";
  /** For people. */
  readonly message: string;
}

/** What a grant has against a tunnel; `others` is how many there are beside it. */
export function tunnelFault(
  { tunnels, kinds, names, ports }: Grant,
  { kind, name, port }: TunnelWish,
  others: number,
): GrantFault | undefined {
  const fault = (message: string): GrantFault => ({ code: "not_permitted", message });
  if (others >= tunnels) return fault(`No more than ${tunnels} tunnels are allowed`);
  if (!kinds.includes(kind)) return fault(`No ${kind} tunnel is allowed`);
  if (kind === "tcp") {
    if (port === undefined || includesPort(ports, port)) return undefined;
    return { code: "port_refused", message: `The port ${port} is not allowed with this token` };
  }
  if (name === undefined || names.some((pattern) => matchesPattern(pattern, name))) {
    return undefined;
  }
  return fault(`The name '${name}' is not allowed with this token`);
}

/** Reads claims that may be absent, but not wrong. */
class GrantReader {
  readonly #claims: Claims;

  constructor(claims: Claims) {
    this.#claims = claims;
  }

  list<T>(name: string, read: (text: string) => T | undefined): T[] | undefined {
    const value = this.#get(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value) || value.length > MAX_ENTRIES) throw refuse("claim_invalid", name);
    return value.map((text: unknown) => {
      const entry = typeof text === "string" ? read(text) : undefined;
      if (entry === undefined) throw refuse("claim_invalid", name);
      return entry;
    });
  }

  count(name: string): number | undefined {
    const value = this.#get(name);
    if (value === undefined) return undefined;
    if (!Number.isSafeInteger(value) || (value as number) < 1) throw refuse("claim_invalid", name);
    return value as number;
  }

  #get(name: string): unknown {
    return Object.hasOwn(this.#claims, name) ? this.#claims[name] : undefined;
  }
}

function isNamePattern(text: string): boolean {
  return /^[a-z0-9*-]{1,63}$/.test(text);
}

function isKind(text: string): text is GrantedKind {
  return text === "http" || text === "tcp";
}

function portRange(text: string): PortRange | undefined {
  const match = /^([1-9]\d{0,4})(?:-([1-9]\d{0,4}))?$/.exec(text);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first <= last && last <= 65_535 ? { first, last } : undefined;
}
