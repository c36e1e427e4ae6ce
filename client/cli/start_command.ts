/**
 * `tun start`: the config file found, read and laid under the flags.
 *
 * @module
 */

import { type Command, TUNNEL_DEFAULTS, type TunnelSpec } from "./command.ts";
import { parseConfigFile } from "./config_file.ts";
import type { FileTunnel } from "./file_tunnel.ts";
import { connectionOptions, type LocatedConfig } from "./connection.ts";
import type { FlagValues } from "./flag_values.ts";
import { closest } from "../suggestion.ts";
import { type ReadFile, requireFile } from "./text_file.ts";
import { UsageError } from "../usage_error.ts";
import { exposedSecrets, visitorRules } from "./visitor_rules.ts";

/** The name of the file in the working directory and in the config directory. */
const FILE_NAME = "tun.toml";

function refuseOtherFormats(path: string): void {
  if (!/\.(?:ya?ml|jsonc?|ini)$/i.test(path)) return;
  throw new UsageError(`${path}: expected a TOML file, see \`tun start --help\``);
}

function findConfig(
  values: FlagValues,
  readFile: ReadFile,
  configDirectory: string | undefined,
): LocatedConfig {
  const flag = values.text("config");
  if (flag !== undefined) {
    refuseOtherFormats(flag.value);
    const text = requireFile(readFile, flag.value, flag.origin);
    return { path: flag.value, config: parseConfigFile(text, flag.value) };
  }
  const places = [FILE_NAME];
  if (configDirectory !== undefined) places.push(`${configDirectory}/${FILE_NAME}`);
  for (const path of places) {
    const result = readFile(path);
    if (result.ok) return { path, config: parseConfigFile(result.text, path) };
    if (result.found) throw new UsageError(`cannot read ${path}: ${result.reason}`);
  }
  for (const path of ["tun.yaml", "tun.yml"]) {
    if (readFile(path).ok) refuseOtherFormats(path);
  }
  throw new UsageError(`no config file: expected ${places.join(" or ")}, or --config FILE`);
}

function choose(tunnels: readonly FileTunnel[], names: readonly string[]): readonly FileTunnel[] {
  if (names.length === 0) return tunnels;
  const labels = tunnels.map((tunnel) => tunnel.label);
  for (const name of names) {
    if (labels.includes(name)) continue;
    const guess = closest(name, labels);
    const hint = guess === undefined ? `expected ${labels.join(", ")}` : `did you mean ${guess}?`;
    throw new UsageError(`no tunnel ${JSON.stringify(name)} in the config file: ${hint}`);
  }
  return tunnels.filter((tunnel) => names.includes(tunnel.label));
}

/** A flag wins over the tunnel's own setting, that over the top of the file. */
function specOf(
  tunnel: FileTunnel,
  values: FlagValues,
  { config: top, path }: LocatedConfig,
  readFile: ReadFile,
): TunnelSpec {
  const { insecure, concurrency, connectTimeoutMs, requestTimeoutMs, visitors, ...rest } = tunnel;
  return {
    ...rest,
    insecure: values.switch("insecure")?.value ?? insecure,
    concurrency: values.number("concurrency")?.value ?? concurrency ?? top.concurrency ??
      TUNNEL_DEFAULTS.concurrency,
    connectTimeoutMs: values.number("connect-timeout")?.value ?? connectTimeoutMs ??
      top.connectTimeoutMs ?? TUNNEL_DEFAULTS.connectTimeoutMs,
    requestTimeoutMs: values.number("request-timeout")?.value ?? requestTimeoutMs ??
      top.requestTimeoutMs ?? TUNNEL_DEFAULTS.requestTimeoutMs,
    ...visitorRules({ kind: tunnel.kind, values, readFile, table: visitors, path }),
  };
}

/**
 * The command for `tun start NAME...`.
 *
 * @throws {UsageError} For a file that is missing or wrong, or a name that is not in it.
 */
export function startCommand(
  names: readonly string[],
  values: FlagValues,
  host: { readonly readFile: ReadFile; readonly configDirectory?: string },
): Command {
  const file = findConfig(values, host.readFile, host.configDirectory);
  const connection = connectionOptions(values, host.readFile, file);
  const tunnels = choose(file.config.tunnels, names);
  return {
    kind: "run",
    tunnels: tunnels.map((tunnel) => specOf(tunnel, values, file, host.readFile)),
    connection,
    output: { verbose: values.on("verbose"), json: values.on("json") },
    warnings: exposedSecrets(values),
  };
}
