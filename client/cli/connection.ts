/**
 * How to reach the server, from flags, environment and config file in that order.
 *
 * @module
 */

import type { ConnectionOptions } from "./command.ts";
import { TUNNEL_DEFAULTS } from "./command.ts";
import type { FileConfig, FileText } from "./config_file.ts";
import { DEFAULT_ENDPOINT, parseEndpoint, plaintextRefusal } from "../address/endpoint.ts";
import type { FlagValues } from "./flag_values.ts";
import { besideFile, type ReadFile, requireFile } from "./text_file.ts";
import { UsageError } from "../usage_error.ts";

/** Proxies and servers refuse a header line much longer than this. */
const MAX_TOKEN_LENGTH = 8192;

/**
 * A token as it was pasted, without the space around it.
 *
 * @throws {UsageError} If it cannot be one; the message never shows it.
 */
export function checkToken(text: string, origin: string): string {
  const token = text.trim().replace(/^Bearer\s+/i, "");
  if (/^[!-~]+$/.test(token) && token.length <= MAX_TOKEN_LENGTH) return token;
  const why = token === "" ? "is empty" : "is no token: expected one word of visible characters";
  throw new UsageError(`${origin} ${why}`);
}

/** A config file with its path. */
export interface LocatedConfig {
  readonly path: string;
  readonly config: FileConfig;
}

function tokenOf(
  values: FlagValues,
  readFile: ReadFile,
  file: LocatedConfig | undefined,
): string | undefined {
  const flag = values.text("token");
  if (flag !== undefined) return checkToken(flag.value, flag.origin);
  const { token, tokenFile } = file?.config ?? {};
  if (token !== undefined) return checkToken(token.text, token.origin);
  if (file === undefined || tokenFile === undefined) return undefined;
  const path = besideFile(tokenFile.text, file.path);
  return checkToken(requireFile(readFile, path, tokenFile.origin), path);
}

function caOf(
  values: FlagValues,
  readFile: ReadFile,
  file: LocatedConfig | undefined,
): string | undefined {
  const flag = values.text("ca");
  const inFile = file?.config.ca;
  if (flag === undefined && inFile === undefined) return undefined;
  const path = flag?.value ?? besideFile(inFile!.text, file!.path);
  const origin = flag?.origin ?? inFile!.origin;
  const pem = requireFile(readFile, path, origin);
  if (pem.includes("-----BEGIN CERTIFICATE-----")) return pem;
  throw new UsageError(`${origin}: expected certificates in PEM form in ${path}`);
}

function firstText(values: FlagValues, name: string, inFile: FileText | undefined): FileText {
  const flag = values.text(name);
  if (flag !== undefined) return { text: flag.value, origin: flag.origin };
  return inFile ?? { text: DEFAULT_ENDPOINT, origin: `--${name}` };
}

/**
 * Puts the connection together.
 *
 * @throws {UsageError} Also if the token would go in clear over a network.
 */
export function connectionOptions(
  values: FlagValues,
  readFile: ReadFile,
  file?: LocatedConfig,
): ConnectionOptions {
  const typed = firstText(values, "endpoint", file?.config.endpoint);
  const endpoint = parseEndpoint(typed.text, typed.origin);
  const allowPlaintext = values.switch("allow-plaintext")?.value ??
    file?.config.allowPlaintext ?? false;
  const token = tokenOf(values, readFile, file);
  const refusal = token === undefined ? undefined : plaintextRefusal(endpoint, allowPlaintext);
  if (refusal !== undefined) throw new UsageError(refusal);
  const ca = caOf(values, readFile, file);
  return {
    endpoint,
    allowPlaintext,
    connectTimeoutMs: values.number("connect-timeout")?.value ??
      file?.config.connectTimeoutMs ?? TUNNEL_DEFAULTS.connectTimeoutMs,
    ...(token === undefined ? {} : { token }),
    ...(ca === undefined ? {} : { ca }),
  };
}
