/**
 * Which settings can change while the server runs, and which ones a new configuration changes.
 *
 * @module
 */

import type { AuthConfig } from "../auth/auth_config.ts";
import type { ServerConfig } from "../config.ts";
import { CAN_SHARE_TLS_PORT } from "../listen.ts";

/** How one setting changes. */
interface Setting {
  /** The flag that people know it by. */
  readonly flag: string;
  /** Whether a running server can take it on. */
  readonly isLive: boolean | ((now: ServerConfig, next: ServerConfig) => boolean);
}

/** A setting that a new configuration changes. */
export interface ConfigChange {
  /** Its place in the configuration. */
  readonly key: keyof ServerConfig;
  /** The flag that people know it by, without dashes. */
  readonly setting: string;
  /** False if it needs a restart. */
  readonly isLive: boolean;
}

/** An address that is moved would be gone for those who know it; names and state are kept by it. */
const RESTART = false;

/** Every setting: whoever adds one has to say here how it changes. */
const SETTINGS: { readonly [Key in keyof Required<ServerConfig>]: Setting } = {
  http: { flag: "http", isLive: RESTART },
  tunnel: { flag: "tunnel", isLive: RESTART },
  admin: { flag: "admin", isLive: RESTART },
  adminToken: { flag: "admin-token", isLive: true },
  domain: { flag: "domain", isLive: RESTART },
  publicUrl: { flag: "public-url", isLive: RESTART },
  tcpPorts: { flag: "tcp-ports", isLive: RESTART },
  single: { flag: "single", isLive: RESTART },
  // Who is in without a token has no right that could be judged anew.
  auth: { flag: "auth", isLive: (now, next) => now.auth.kind === next.auth.kind },
  tls: {
    flag: "tls-cert",
    // Without one before or behind, every URL that was printed would change.
    isLive: (now, next) => now.tls !== undefined && next.tls !== undefined && CAN_SHARE_TLS_PORT,
  },
  state: { flag: "state", isLive: RESTART },
  trustedProxies: { flag: "trusted-proxies", isLive: true },
  maxBody: { flag: "max-body", isLive: true },
  maxConnections: { flag: "max-connections", isLive: true },
  maxConnectionsPerIp: { flag: "max-connections-per-ip", isLive: true },
  visitorRps: { flag: "visitor-rps", isLive: true },
  idleTimeoutMs: { flag: "idle-timeout", isLive: true },
  drainTimeoutMs: { flag: "drain-timeout", isLive: true },
  log: { flag: "log", isLive: RESTART },
  logLevel: { flag: "log-level", isLive: true },
  accessLog: { flag: "access-log", isLive: true },
  logQuery: { flag: "log-query", isLive: true },
};

/** The flags behind `auth`, which is one setting, where they have other names than its parts. */
const AUTH_FLAGS: Readonly<Record<string, string>> = {
  kind: "no-auth",
  secret: "jwt-secret",
  maxTtlMs: "max-token-ttl",
};

/** What `next` changes, in the order of the table. */
export function configChanges(now: ServerConfig, next: ServerConfig): readonly ConfigChange[] {
  return keysOf(SETTINGS).filter((key) => !isSame(now[key], next[key])).flatMap((key) => {
    const { flag, isLive: live } = SETTINGS[key];
    const isLive = typeof live === "boolean" ? live : live(now, next);
    const flags = key === "auth" ? authFlags(now.auth, next.auth) : [flag];
    return flags.map((setting) => ({ key, setting, isLive }));
  });
}

/** `next`, but where that would need a restart, what is in force `now`. */
export function livePart(now: ServerConfig, next: ServerConfig): ServerConfig {
  const kept = keysOf(SETTINGS).filter((key) => {
    const { isLive } = SETTINGS[key];
    return !(typeof isLive === "boolean" ? isLive : isLive(now, next));
  });
  const result: Record<string, unknown> = { ...next };
  for (const key of kept) {
    if (now[key] === undefined) delete result[key];
    else result[key] = now[key];
  }
  return result as unknown as ServerConfig;
}

function authFlags(now: AuthConfig, next: AuthConfig): readonly string[] {
  const before: Readonly<Record<string, unknown>> = { ...now };
  const after: Readonly<Record<string, unknown>> = { ...next };
  const parts = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = parts.filter((part) => !isSame(before[part], after[part]));
  // Between two kinds everything differs; that is one change.
  if (changed.includes("kind")) return [AUTH_FLAGS.kind!];
  return changed.map((part) => AUTH_FLAGS[part] ?? part);
}

function keysOf<T extends object>(table: T): readonly (keyof T)[] {
  return Object.keys(table) as (keyof T)[];
}

/** Whether two values of a setting mean the same: plain data, and objects that say what they are. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const kind = Object.getPrototypeOf(a);
  if (kind !== Object.getPrototypeOf(b)) return false;
  if (kind !== Object.prototype && !Array.isArray(a)) return String(a) === String(b);
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  const [left, right] = [a, b] as Record<string, unknown>[];
  return keys.every((key) => Object.hasOwn(b, key) && isSame(left![key], right![key]));
}
