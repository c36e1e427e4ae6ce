/**
 * Flags and environment to a {@linkcode ServerConfig}.
 *
 * @module
 */

import type { Cidr } from "@tun/protocol/http1";
import { isAdminToken, LEAST_ADMIN_TOKEN_LENGTH } from "../admin/admin_token.ts";
import {
  configErrors,
  configWarnings,
  SERVER_DEFAULTS,
  type ServerConfig,
  type TlsConfig,
} from "../config.ts";
import type { ListenAddress } from "../listen_address.ts";
import { LOG_LEVELS, type LogLevel } from "../log/events.ts";
import { LOOPBACK } from "../loopback.ts";
import { authOptions } from "./auth_options.ts";
import type { Command } from "./command.ts";
import type { FlagValues } from "./flag_values.ts";
import { parseListenAddress } from "./listen_address.ts";
import { parseNetwork } from "./network.ts";
import { parsePortRange } from "./port_range.ts";
import { type ReadFile, requireFile } from "./text_file.ts";
import { UsageError } from "./usage_error.ts";

function addressOf(values: FlagValues, name: "http" | "tunnel" | "admin"): ListenAddress {
  const flag = values.text(name);
  if (flag === undefined) return SERVER_DEFAULTS[name];
  return parseListenAddress(flag.value, SERVER_DEFAULTS[name], flag.origin);
}

/** A host name, without what people paste around it. */
function domainOf(values: FlagValues): string {
  const flag = values.text("domain");
  if (flag === undefined) return SERVER_DEFAULTS.domain;
  const { value, origin } = flag;
  const hint = value.includes("://")
    ? "without a scheme, that goes into --public-url"
    : value.startsWith("*.")
    ? `write ${value.slice(2)}, every name below it is meant`
    : /:\d+$/.test(value)
    ? "without a port, that goes into --public-url"
    : "such as tun.example.com";
  const host = /^[^\s/:@?#*[\]%_\\]+$/.test(value)
    ? URL.parse(`http://${value}/`)?.hostname
    : undefined;
  const name = host?.replace(/\.$/, "") ?? "";
  const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
  const valid = name.length <= 253 && name.split(".").every((part) => label.test(part)) &&
    !/^[\d.]+$/.test(name);
  if (valid) return name;
  throw new UsageError(`${origin} ${JSON.stringify(value)}: expected a domain name, ${hint}`);
}

function publicUrlOf(values: FlagValues): string | undefined {
  const flag = values.text("public-url");
  if (flag === undefined) return undefined;
  const url = URL.parse(flag.value);
  const fail = (why: string): UsageError => new UsageError(`${flag.origin}: ${why}`);
  if (url === null || !/^https?:\/\//i.test(flag.value)) {
    throw fail(`expected https://host or http://host, got ${JSON.stringify(flag.value)}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw fail("leave out the user name and password");
  }
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    throw fail(`expected no path, query or fragment, got ${JSON.stringify(flag.value)}`);
  }
  return url.origin;
}

/** One half of the certificate and key, and a word if the two were swapped. */
function pemOf(
  readFile: ReadFile,
  path: string,
  origin: string,
  mark: RegExp,
  what: string,
): string {
  const pem = requireFile(readFile, path, origin);
  if (mark.test(pem)) return pem;
  const swapped = /-----BEGIN /.test(pem) ? ", are --tls-cert and --tls-key swapped?" : "";
  throw new UsageError(`${origin}: expected ${what} in PEM form in ${path}${swapped}`);
}

function tlsOf(values: FlagValues, readFile: ReadFile): TlsConfig | undefined {
  const cert = values.text("tls-cert");
  const key = values.text("tls-key");
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined) throw new UsageError(`${key!.origin} needs --tls-cert FILE beside it`);
  if (key === undefined) throw new UsageError(`${cert.origin} needs --tls-key FILE beside it`);
  return {
    certFile: cert.value,
    keyFile: key.value,
    cert: pemOf(readFile, cert.value, cert.origin, /-----BEGIN CERTIFICATE-----/, "a certificate"),
    key: pemOf(
      readFile,
      key.value,
      key.origin,
      /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
      "a private key",
    ),
  };
}

function proxiesOf(values: FlagValues): readonly Cidr[] {
  const flag = values.list("trusted-proxies");
  if (flag === undefined) return SERVER_DEFAULTS.trustedProxies;
  if (flag.value.length === 1 && flag.value[0] === "none") return [];
  return flag.value.flatMap((text) =>
    text === "loopback" ? LOOPBACK : [parseNetwork(text, flag.origin)]
  );
}

/** The value of a flag that knows so many words. */
function wordOf<Word extends string>(
  values: FlagValues,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const flag = values.text(name);
  if (flag === undefined) return undefined;
  const word = words.find((one) => one === flag.value);
  if (word !== undefined) return word;
  const expected = `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
  throw new UsageError(`${flag.origin}: expected ${expected}, got ${JSON.stringify(flag.value)}`);
}

function logLevelOf(values: FlagValues): LogLevel {
  const level = wordOf(values, "log-level", LOG_LEVELS);
  return level ?? (values.on("verbose") ? "debug" : SERVER_DEFAULTS.logLevel);
}

function accessLogOf(values: FlagValues): boolean {
  const word = wordOf(values, "access-log", ["on", "off"]);
  return word === undefined ? SERVER_DEFAULTS.accessLog : word === "on";
}

function adminTokenOf(values: FlagValues): string | undefined {
  const flag = values.text("admin-token");
  if (flag === undefined || isAdminToken(flag.value)) return flag?.value;
  throw new UsageError(
    `${flag.origin}: expected at least ${LEAST_ADMIN_TOKEN_LENGTH} visible characters`,
  );
}

/**
 * The command that starts the server.
 *
 * @throws {UsageError} For the first setting that cannot work.
 */
export function serveCommand(
  values: FlagValues,
  host: { readonly readFile: ReadFile; readonly isTerminal: boolean },
): Command & { readonly kind: "serve" } {
  const ports = values.text("tcp-ports");
  const publicUrl = publicUrlOf(values);
  const tls = tlsOf(values, host.readFile);
  const maxBody = values.number("max-body")?.value;
  const visitorRps = values.number("visitor-rps")?.value;
  const adminToken = adminTokenOf(values);
  const config: ServerConfig = {
    http: addressOf(values, "http"),
    tunnel: addressOf(values, "tunnel"),
    admin: addressOf(values, "admin"),
    domain: domainOf(values),
    tcpPorts: ports === undefined
      ? SERVER_DEFAULTS.tcpPorts
      : parsePortRange(ports.value, ports.origin),
    single: values.on("single"),
    auth: authOptions(values, host.readFile),
    state: values.text("state")?.value ?? SERVER_DEFAULTS.state,
    trustedProxies: proxiesOf(values),
    maxConnections: values.number("max-connections")?.value ?? SERVER_DEFAULTS.maxConnections,
    maxConnectionsPerIp: values.number("max-connections-per-ip")?.value ??
      SERVER_DEFAULTS.maxConnectionsPerIp,
    idleTimeoutMs: values.number("idle-timeout")?.value ?? SERVER_DEFAULTS.idleTimeoutMs,
    drainTimeoutMs: values.number("drain-timeout")?.value ?? SERVER_DEFAULTS.drainTimeoutMs,
    log: wordOf(values, "log", ["text", "json"]) ?? (host.isTerminal ? "text" : "json"),
    logLevel: logLevelOf(values),
    accessLog: accessLogOf(values),
    logQuery: values.on("log-query"),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(tls === undefined ? {} : { tls }),
    ...(maxBody === undefined ? {} : { maxBody }),
    ...(visitorRps === undefined ? {} : { visitorRps }),
    ...(adminToken === undefined ? {} : { adminToken }),
  };
  const [error] = configErrors(config);
  if (error !== undefined) throw new UsageError(error);
  const warnings = configWarnings(config);
  if (values.text("jwt-secret")?.source === "flag") {
    warnings.push("--jwt-secret is visible in the process list: TUN_JWT_SECRET is not");
  }
  if (values.text("admin-token")?.source === "flag") {
    warnings.push("--admin-token is visible in the process list: TUN_ADMIN_TOKEN is not");
  }
  return { kind: "serve", config, warnings };
}
