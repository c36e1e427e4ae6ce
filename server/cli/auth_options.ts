/**
 * The flags that say whose tokens are taken, and what they are worth.
 *
 * @module
 */

import { GrantsError, readGrants } from "../auth/grants_file.ts";
import { looksLikeKeys } from "../auth/key_text.ts";
import { readRevocations, RevocationError } from "../auth/revocations.ts";
import type { AuthConfig } from "../auth/auth_config.ts";
import type { JwksSource } from "../auth/jwks_source.ts";
import { type FlagValue, type FlagValues, outranks } from "./flag_values.ts";
import { besideFile, type ReadFile, requireFile } from "./text_file.ts";
import { UsageError } from "./usage_error.ts";

/** What `--no-auth` contradicts. */
const JWT_FLAGS = [
  ...["jwt-secret", "jwks", "issuer", "audience", "max-token-ttl", "grants", "revoked"],
];

/** Who may sign: a URL, a file, or the keys themselves. */
function keySource(value: string, origin: string, readFile: ReadFile): JwksSource {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return keyUrl(value, origin);
  const isInline = isKeyText(value);
  const text = isInline ? value : requireFile(readFile, value, origin);
  if (looksLikeKeys(text)) return { kind: "keys", text, from: isInline ? "--jwks" : value };
  const place = isInline ? " got none" : ` in ${value}`;
  throw new UsageError(
    `${origin}: expected a key set, {"keys": [...]}, one key, or PEM,${place}`,
  );
}

function isKeyText(value: string): boolean {
  return value.startsWith("{") || value.startsWith("-----BEGIN ");
}

function keyUrl(value: string, origin: string): JwksSource {
  const url = URL.parse(value);
  // Whoever can change the keys on their way can sign tokens.
  const local = url !== null && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url?.protocol === "https:" || (url?.protocol === "http:" && local)) {
    return { kind: "url", url: url.href };
  }
  throw new UsageError(
    `${origin}: expected a file or an https:// URL, got ${JSON.stringify(value)}`,
  );
}

/** Commas part files and URLs, but not the keys themselves. */
function jwksOf(values: FlagValues, readFile: ReadFile): JwksSource[] {
  const flag = values.text("jwks");
  if (flag === undefined) return [];
  const parts = isKeyText(flag.value) ? [flag.value] : values.list("jwks")!.value;
  return parts.map((part) => keySource(part, flag.origin, readFile));
}

/** Reads the file that a flag names. */
function fromFile<T>(
  flag: FlagValue<string> | undefined,
  readFile: ReadFile,
  read: (text: string, flag: FlagValue<string>) => T,
): T | undefined {
  if (flag === undefined) return undefined;
  const { value, origin } = flag;
  try {
    return read(requireFile(readFile, value, origin), flag);
  } catch (error) {
    if (!(error instanceof GrantsError || error instanceof RevocationError)) throw error;
    throw new UsageError(`${origin} ${value}: ${error.message}`, { cause: error });
  }
}

/** A file that a rule names is seen from the rules. */
function besideGrants(jwks: string, file: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(jwks) || isKeyText(jwks) ? jwks : besideFile(jwks, file);
}

/** How tokens are checked, as far as flags say; also for `tun-server token`. */
export function jwtOptions(
  values: FlagValues,
  readFile: ReadFile,
): AuthConfig & { readonly kind: "jwt" } {
  const secret = values.text("jwt-secret")?.value;
  const jwks = jwksOf(values, readFile);
  const issuer = values.text("issuer")?.value;
  const audience = values.text("audience")?.value;
  const maxTtlMs = values.number("max-token-ttl")?.value;
  const grants = fromFile(
    values.text("grants"),
    readFile,
    (text, { value, origin }) =>
      readGrants(text, (jwks) => keySource(besideGrants(jwks, value), origin, readFile)),
  );
  const revoked = fromFile(values.text("revoked"), readFile, readRevocations);
  return {
    kind: "jwt",
    ...(secret === undefined ? {} : { secret }),
    ...(jwks.length === 0 ? {} : { jwks }),
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
    ...(maxTtlMs === undefined ? {} : { maxTtlMs }),
    ...(grants === undefined ? {} : { grants }),
    ...(revoked === undefined ? {} : { revoked }),
  };
}

/**
 * Who may open tunnels.
 *
 * @throws {UsageError} For keys, rules or a list that cannot be read, or `--no-auth` beside them.
 */
export function authOptions(values: FlagValues, readFile: ReadFile): AuthConfig {
  const off = values.switch("no-auth");
  if (off?.value !== true) return jwtOptions(values, readFile);
  for (const name of JWT_FLAGS) {
    const other = values.any(name);
    // A flag wins over the environment; two of equal rank contradict each other.
    if (other === undefined || outranks(off, other)) continue;
    throw new UsageError(`${off.origin} and ${other.origin} contradict each other: drop one`);
  }
  return { kind: "none" };
}
