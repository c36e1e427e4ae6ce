/**
 * The file of `tun start`, in TOML: what ngrok and frp users know as "the tunnels file".
 *
 * ```toml
 * endpoint = "https://tun.example.com"
 * token_file = "token"          # beside this file
 *
 * [tunnels.web]
 * target = 3000
 * subdomain = "shop"
 *
 * [tunnels.ssh]
 * kind = "tcp"
 * target = 22
 * port = 22022                  # the public port wanted
 * ```
 *
 * @module
 */

import { parse } from "@std/toml";
import { ConfigTable } from "./config_table.ts";
import { parseHostHeader, parseSubdomain } from "./public_name.ts";
import { parseTarget, type Target, targetLabel, type TunnelKind } from "./target.ts";
import { TomlLines } from "./toml_lines.ts";
import { UsageError } from "./usage_error.ts";
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

/** A text with where it was written. */
export interface FileText {
  readonly text: string;
  readonly origin: string;
}

/** The whole file, checked. */
export interface FileConfig extends FileTimes {
  readonly endpoint?: FileText;
  readonly token?: FileText;
  readonly tokenFile?: FileText;
  readonly ca?: FileText;
  readonly allowPlaintext?: boolean;
  readonly tunnels: readonly FileTunnel[];
}

const TIMES = ["concurrency", "connect_timeout", "request_timeout"];
const TOP = ["endpoint", "token", "token_file", "ca", "allow_plaintext", ...TIMES, "tunnels"];
const VISITORS_HTTP = [
  "basic_auth",
  "verify_webhook",
  "webhook_secret",
  "webhook_secret_file",
] as const;
const TUNNEL = [
  ...["kind", "target", "subdomain", "port", "host_header", "insecure", ...TIMES],
  ...["allow_cidr", "deny_cidr", ...VISITORS_HTTP],
];

function given<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: Value };
}

function times(table: ConfigTable): FileTimes {
  return {
    ...given("concurrency", table.integer("concurrency", 1, 10_000)),
    ...given("connectTimeoutMs", table.seconds("connect_timeout")),
    ...given("requestTimeoutMs", table.seconds("request_timeout")),
  };
}

function placed(table: ConfigTable, key: string): FileText | undefined {
  const text = table.text(key);
  return text === undefined ? undefined : { text, origin: table.origin(key) };
}

/** Runs a reader that names no place, and puts the place in front of its complaint. */
function at<T>(table: ConfigTable, key: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UsageError) throw table.error(key, error.message);
    throw error;
  }
}

function tunnelOf(label: string, table: ConfigTable): FileTunnel {
  table.onlyKnows(TUNNEL);
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
  const target = at(table, "target", () => parseTarget(typed, kind));
  const subdomain = table.text("subdomain");
  const publicPort = table.integer("port", 1, 65_535);
  const hostHeader = table.text("host_header");
  if (kind === "http" && publicPort !== undefined) {
    throw table.error(
      "port",
      `is the public port of a tcp tunnel; the local port goes into target`,
    );
  }
  for (const [key, value] of [["subdomain", subdomain], ["host_header", hostHeader]] as const) {
    if (kind === "tcp" && value !== undefined) throw table.error(key, "is not for a tcp tunnel");
  }
  for (const key of VISITORS_HTTP) {
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
      subdomain && at(table, "subdomain", () => parseSubdomain(subdomain, "name")),
    ),
    ...given(
      "hostHeader",
      hostHeader && at(table, "host_header", () => parseHostHeader(hostHeader, target, "value")),
    ),
    visitors: visitorsOf(table),
    ...times(table),
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
function refuseTwins(
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

function parseToml(text: string, file: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const match = /line (\d+), column (\d+): ([^]*)$/.exec(error.message);
    // The parser has already stepped over the line's end when it reports column 0.
    const line = Number(match?.[1]) - (match?.[2] === "0" ? 1 : 0);
    const reason = withoutQuotes(match?.[3] ?? error.message);
    throw new UsageError(`${file}${match === null ? "" : `:${line}`}: not valid TOML: ${reason}`);
  }
}

/** What is wrong, without the piece of the file that the parser shows: secrets stand there. */
function withoutQuotes(reason: string): string {
  return reason.replace(/(?::\n| on line '| "[^"]{3,}")[^]*$/, "");
}

/**
 * Reads the text of a config file.
 *
 * @throws {UsageError} With file, line and key of the first mistake.
 */
export function parseConfigFile(text: string, file: string): FileConfig {
  const lines = new TomlLines(text);
  if (lines.duplicate !== undefined) {
    const { key, line, firstLine } = lines.duplicate;
    throw new UsageError(`${file}:${line}: ${key} is there twice, first on line ${firstLine}`);
  }
  const top = new ConfigTable(parseToml(text, file), { file, lines, path: [] });
  top.onlyKnows(TOP);
  const token = placed(top, "token");
  const tokenFile = placed(top, "token_file");
  if (token !== undefined && tokenFile !== undefined) {
    throw top.error("token_file", "expected either token or token_file, not both");
  }
  const tables = new Map(top.tables("tunnels"));
  if (tables.size === 0) {
    throw new UsageError(`${file}: expected at least one tunnel, such as [tunnels.web]`);
  }
  const tunnels = [...tables].map(([label, table]) => tunnelOf(label, table));
  refuseTwins(tables, tunnels);
  return {
    ...given("endpoint", placed(top, "endpoint")),
    ...given("token", token),
    ...given("tokenFile", tokenFile),
    ...given("ca", placed(top, "ca")),
    ...given("allowPlaintext", top.boolean("allow_plaintext")),
    ...times(top),
    tunnels,
  };
}
