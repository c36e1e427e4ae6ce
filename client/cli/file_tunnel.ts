/**
 * A `[tunnels.x]` of the config file: its keys, what they may say, and which do not go together.
 *
 * @module
 */

import type { ConfigTable } from "./config_table.ts";
import { parseHostHeader, parseSubdomain } from "./public_name.ts";
import { parseTarget, type Target, targetLabel, type TunnelKind } from "../address/target.ts";
import type { FileVisitorRules, PlacedTexts } from "./visitor_rules.ts";

/** Settings that stand at the top of the file, and also in each tunnel. */
export interface FileTimes {
  readonly concurrency?: number;
  readonly connectTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
}

/** A `[tunnels.x]` of the file. */
export interface FileTunnel extends FileTimes {
  readonly label: string;
  readonly kind: TunnelKind;
  readonly target: Target;
  readonly subdomain?: string;
  readonly publicPort?: number;
  readonly hostHeader?: string;
  readonly insecure: boolean;
  readonly visitors: FileVisitorRules;
}

/** The keys of {@linkcode FileTimes}. */
export const TIME_KEYS: readonly string[] = ["concurrency", "connect_timeout", "request_timeout"];

const VISITOR_KEYS = ["basic_auth", "verify_webhook", "webhook_secret", "webhook_secret_file"];
const TUNNEL_KEYS = [
  ...["kind", "target", "subdomain", "port", "host_header", "insecure", ...TIME_KEYS],
  ...["allow_cidr", "deny_cidr", ...VISITOR_KEYS],
];

/** They mean nothing where there is no HTTP. */
const HTTP_KEYS = ["subdomain", "host_header", ...VISITOR_KEYS];

/** What a file says of times. */
export function timesIn(table: ConfigTable): FileTimes {
  return {
    ...given("concurrency", table.integer("concurrency", 1, 10_000)),
    ...given("connectTimeoutMs", table.seconds("connect_timeout")),
    ...given("requestTimeoutMs", table.seconds("request_timeout")),
  };
}

/** Reads one. */
export function tunnelOf(label: string, table: ConfigTable): FileTunnel {
  table.onlyKnows(TUNNEL_KEYS);
  if (label.startsWith("-") || !/^[\w.-]{1,63}$/.test(label)) {
    throw table.error(undefined, "a tunnel's name holds letters, digits, - _ and .");
  }
  const kind = table.text("kind") ?? "http";
  if (kind !== "http" && kind !== "tcp") {
    throw table.error("kind", `expected "http" or "tcp", got ${JSON.stringify(kind)}`);
  }
  const typed = table.textOrNumber("target");
  if (typed === undefined) {
    throw table.error(
      undefined,
      `expected a target, such as target = ${kind === "tcp" ? 22 : 3000}`,
    );
  }
  const target = table.naming("target", () => parseTarget(typed, kind));
  const subdomain = table.text("subdomain");
  const publicPort = table.integer("port", 1, 65_535);
  const hostHeader = table.text("host_header");
  if (kind === "http" && publicPort !== undefined) {
    throw table.error(
      "port",
      `is the public port of a tcp tunnel; the local port goes into target`,
    );
  }
  for (const key of HTTP_KEYS) {
    if (kind === "tcp" && table.has(key)) throw table.error(key, "is not for a tcp tunnel");
  }
  return {
    label,
    kind,
    target,
    insecure: table.boolean("insecure") ?? false,
    ...given("publicPort", publicPort),
    ...given(
      "subdomain",
      subdomain && table.naming("subdomain", () => parseSubdomain(subdomain, "name")),
    ),
    ...given(
      "hostHeader",
      hostHeader && table.naming("host_header", () => parseHostHeader(hostHeader, target, "value")),
    ),
    visitors: visitorsOf(table),
    ...timesIn(table),
  };
}

/** Who may visit; looked at more closely when flags are laid over it. */
function visitorsOf(table: ConfigTable): FileVisitorRules {
  const of = (key: string): PlacedTexts | undefined => {
    const texts = table.texts(key);
    return texts === undefined ? undefined : { texts, origin: table.origin(key) };
  };
  const one = (key: string): PlacedTexts | undefined => {
    const text = table.text(key);
    return text === undefined ? undefined : { texts: [text], origin: table.origin(key) };
  };
  return {
    ...given("basicAuth", of("basic_auth")),
    ...given("allowCidr", of("allow_cidr")),
    ...given("denyCidr", of("deny_cidr")),
    ...given("verifyWebhook", one("verify_webhook")),
    ...given("webhookSecret", of("webhook_secret")),
    ...given("webhookSecretFile", one("webhook_secret_file")),
  };
}

/** Two tunnels that would take each other's place are a mistake in the file. */
export function refuseTwins(
  tables: ReadonlyMap<string, ConfigTable>,
  tunnels: readonly FileTunnel[],
): void {
  const seen = new Map<string, string>();
  for (const tunnel of tunnels) {
    const what = tunnel.subdomain !== undefined
      ? `subdomain "${tunnel.subdomain}"`
      : tunnel.publicPort !== undefined
      ? `port ${tunnel.publicPort}`
      : `${tunnel.kind} target ${targetLabel(tunnel.target)}`;
    const other = seen.get(what);
    if (other !== undefined) {
      const table = tables.get(tunnel.label)!;
      throw table.error(undefined, `has the same ${what} as tunnels.${other}`);
    }
    seen.set(what, tunnel.label);
  }
}

/** A property, if there is a value for it. */
export function given<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: Value };
}
