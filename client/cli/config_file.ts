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
import {
  type FileTimes,
  type FileTunnel,
  given,
  refuseTwins,
  TIME_KEYS,
  timesIn,
  tunnelOf,
} from "./file_tunnel.ts";
import { TomlLines } from "./toml_lines.ts";
import { UsageError } from "../usage_error.ts";

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

const TOP_KEYS = [
  "endpoint",
  "token",
  "token_file",
  "ca",
  "allow_plaintext",
  ...TIME_KEYS,
  "tunnels",
];

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
  top.onlyKnows(TOP_KEYS);
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
    ...timesIn(top),
    tunnels,
  };
}

function placed(table: ConfigTable, key: string): FileText | undefined {
  const text = table.text(key);
  return text === undefined ? undefined : { text, origin: table.origin(key) };
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
