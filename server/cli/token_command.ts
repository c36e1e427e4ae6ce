/**
 * `tun-server token` and `tun-server token inspect`: what to sign, what to check.
 *
 * @module
 */

import { jwtOptions } from "./auth_options.ts";
import type { Command, KeyOptions, TokenClaims } from "./command.ts";
import { SERVER_DEFAULTS } from "../config.ts";
import type { FlagValue, FlagValues } from "./flag_values.ts";
import { parseNetwork } from "./network.ts";
import { parsePortRange } from "./port_range.ts";
import type { ReadFile } from "./text_file.ts";
import { UsageError } from "./usage_error.ts";

/** As long as the first token's. */
const DEFAULT_TTL_MS = 90 * 86_400_000;

function keysOf(values: FlagValues, readFile: ReadFile): KeyOptions {
  return {
    state: values.text("state")?.value ?? SERVER_DEFAULTS.state,
    auth: jwtOptions(values, readFile),
  };
}

function namesOf(flag: FlagValue<readonly string[]> | undefined): string[] {
  return (flag?.value ?? []).map((text) => {
    const name = text.toLowerCase();
    if (/^[a-z0-9*](?:[a-z0-9*-]{0,61}[a-z0-9*])?$/.test(name)) return name;
    throw new UsageError(
      `${flag!.origin} ${JSON.stringify(text)}: expected letters, digits, hyphens and *`,
    );
  });
}

function portsOf(flag: FlagValue<readonly string[]> | undefined): string[] {
  return (flag?.value ?? []).map((text) => {
    if (text === "*") return "1-65535";
    const { first, last } = parsePortRange(text, flag!.origin);
    return first === last ? String(first) : `${first}-${last}`;
  });
}

function kindsOf(flag: FlagValue<readonly string[]> | undefined): ("http" | "tcp")[] {
  return (flag?.value ?? []).map((text) => {
    if (text === "http" || text === "tcp") return text;
    throw new UsageError(`${flag!.origin}: expected http or tcp, got ${JSON.stringify(text)}`);
  });
}

function visitorsOf(
  flag: FlagValue<readonly string[]> | undefined,
): readonly string[] | undefined {
  if (flag === undefined) return undefined;
  for (const text of flag.value) parseNetwork(text, flag.origin);
  return flag.value;
}

/**
 * The command that signs a token.
 *
 * @throws {UsageError} For a claim that no server would understand.
 */
export function tokenCommand(values: FlagValues, readFile: ReadFile): Command {
  const names = namesOf(values.list("name"));
  const only = names.length === 1 && !names[0]!.includes("*") ? names[0] : undefined;
  const sub = values.text("sub")?.value ?? only;
  const tunnels = values.number("tunnels")?.value;
  const visitors = visitorsOf(values.list("visitors"));
  const streams = values.number("streams")?.value;
  const rps = values.number("rps")?.value;
  const bps = values.number("bps")?.value;
  const sessionMs = values.number("session-ttl")?.value;
  const claims: TokenClaims = {
    names,
    ports: portsOf(values.list("port")),
    kinds: kindsOf(values.list("kind")),
    ...(sub === undefined ? {} : { sub }),
    ...(tunnels === undefined ? {} : { tunnels }),
    ...(streams === undefined ? {} : { streams }),
    ...(rps === undefined ? {} : { rps }),
    ...(bps === undefined ? {} : { bps }),
    ...(sessionMs === undefined ? {} : { ttl: Math.ceil(sessionMs / 1000) }),
    ...(visitors === undefined ? {} : { visitors }),
  };
  const ttlMs = values.number("ttl")?.value ?? DEFAULT_TTL_MS;
  return { kind: "token", claims, ttlMs, keys: keysOf(values, readFile) };
}

/**
 * The command that checks a token.
 *
 * @throws {UsageError} For more than one; the message shows none of them.
 */
export function inspectCommand(
  words: readonly string[],
  values: FlagValues,
  readFile: ReadFile,
): Command {
  const [token, ...more] = words;
  if (more.length > 0) throw new UsageError("token inspect: expected one token");
  const keys = keysOf(values, readFile);
  return { kind: "inspect", keys, ...(token === undefined || token === "-" ? {} : { token }) };
}
