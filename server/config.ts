/**
 * What a server is told: every setting, its default, and what may not go together.
 *
 * @module
 */

import type { Cidr } from "@tun/protocol/http1";
import type { AuthConfig } from "./auth/auth_config.ts";
import { type ListenAddress, listenAddressLabel } from "./listen_address.ts";
import type { LogLevel } from "./log/events.ts";
import { LOOPBACK } from "./loopback.ts";
import type { PortRange } from "./registry/port_range.ts";

/** A certificate chain and its key, both PEM. */
export interface TlsConfig {
  /** The chain. */
  readonly cert: string;
  /** The key. */
  readonly key: string;
  /** Where they came from, to be read again when they change. */
  readonly certFile: string;
  /** See `certFile`. */
  readonly keyFile: string;
}

/** Every setting of a server. */
export interface ServerConfig {
  /** Where visitors come to, and tunnels by upgrade. */
  readonly http: ListenAddress;
  /** Where tunnels come to over TCP or TLS. */
  readonly tunnel: ListenAddress;
  /** Where operators look. */
  readonly admin: ListenAddress;
  /** What operators show on the admin side; absent: generated, kept in the state directory. */
  readonly adminToken?: string;
  /** Lower case. */
  readonly domain: string;
  /** An origin, without a path; absent: derived from what is listened on. */
  readonly publicUrl?: string;
  /** Public ports that may be given out. */
  readonly tcpPorts: PortRange;
  /** One tunnel that gets everything. */
  readonly single: boolean;
  /** Who may open tunnels. */
  readonly auth: AuthConfig;
  /** The certificate; absent: none. */
  readonly tls?: TlsConfig;
  /** The directory of keys and leases. */
  readonly state: string;
  /** Proxies in front whose word about visitors counts. */
  readonly trustedProxies: readonly Cidr[];
  /** Bytes; absent: no limit. */
  readonly maxBody?: number;
  /** Connections that visitors may have in total. */
  readonly maxConnections: number;
  /** Of them, from one address; an IPv6 /64 is one, and trusted proxies are none. */
  readonly maxConnectionsPerIp: number;
  /** Requests a second from one visitor's address; absent: no limit. */
  readonly visitorRps?: number;
  /** How long a visitor may stall. */
  readonly idleTimeoutMs: number;
  /** How long what is under way may take when something stops. */
  readonly drainTimeoutMs: number;
  /** The form of the log. */
  readonly log: "text" | "json";
  /** What matters less is not logged. */
  readonly logLevel: LogLevel;
  /** Whether every request is logged. */
  readonly accessLog: boolean;
  /** Whether the queries of addresses are logged. */
  readonly logQuery: boolean;
}

/** The settings of a server that is told nothing. */
export const SERVER_DEFAULTS: ServerConfig = {
  http: { hostname: "0.0.0.0", port: 8080 },
  tunnel: { hostname: "0.0.0.0", port: 7000 },
  admin: { hostname: "127.0.0.1", port: 7001 },
  domain: "localhost",
  tcpPorts: { first: 20_000, last: 60_000 },
  single: false,
  auth: { kind: "jwt" },
  state: "./tun-data",
  trustedProxies: LOOPBACK,
  // An idle connection costs some 20 KiB: 200 MB for all, on a small server.
  maxConnections: 10_000,
  // A browser has six to a host, and an office or a provider's NAT many browsers.
  maxConnectionsPerIp: 512,
  idleTimeoutMs: 25_000,
  drainTimeoutMs: 10_000,
  log: "json",
  logLevel: "info",
  accessLog: true,
  logQuery: false,
};

/** HS256 asks for a key as long as its hash. */
const SECRET_BYTES = 32;

function sameSocket(a: ListenAddress, b: ListenAddress): boolean {
  if (a.port !== b.port || a.port === 0) return false;
  const everywhere = (host: string): boolean => host === "0.0.0.0" || host === "::";
  return a.hostname === b.hostname || everywhere(a.hostname) || everywhere(b.hostname);
}

/** What of a configuration cannot work, one line each; empty if it can. */
export function configErrors(config: ServerConfig): string[] {
  const errors: string[] = [];
  const listeners = [["--http", config.http], ["--tunnel", config.tunnel], [
    "--admin",
    config.admin,
  ]] as const;
  for (const [index, [name, address]] of listeners.entries()) {
    for (const [other, taken] of listeners.slice(0, index)) {
      if (!sameSocket(address, taken)) continue;
      errors.push(`${other} and ${name} are both on ${listenAddressLabel(address)}: use two ports`);
    }
  }
  return errors;
}

/** What of a configuration works but deserves a word, one line each. */
export function configWarnings(config: ServerConfig): string[] {
  const warnings: string[] = [];
  const { auth } = config;
  if (auth.kind === "none") {
    warnings.push("--no-auth: anybody who reaches this server may open tunnels on it");
  } else {
    const { secret, grants = [] } = auth;
    const bytes = new TextEncoder().encode(secret).length;
    if (secret !== undefined && bytes < SECRET_BYTES) {
      warnings.push(
        `--jwt-secret has ${bytes} bytes, fewer than ${SECRET_BYTES}: it may be guessed`,
      );
    }
    for (const [index, { audience }] of grants.entries()) {
      if (audience !== undefined) continue;
      warnings.push(`--grants: rule ${index + 1} has no audience: tokens for others are taken too`);
    }
  }
  if (config.single && config.domain !== SERVER_DEFAULTS.domain) {
    warnings.push("--domain does nothing with --single, which has no names");
  }
  return warnings;
}
