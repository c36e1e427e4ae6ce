/**
 * The public name wanted and the `Host` to send, checked as far as a client can.
 *
 * @module
 */

import { parseAuthority } from "../address/authority.ts";
import { hostHeaderOf, type Target } from "../address/target.ts";
import { UsageError } from "../usage_error.ts";

/**
 * One DNS label, in lower case.
 *
 * @throws {UsageError} For anything that can be no part of a host name.
 */
export function parseSubdomain(typed: string, origin: string): string {
  const name = typed.toLowerCase();
  if (/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return name;
  const shown = JSON.stringify(typed);
  const hint = name.includes(".")
    ? "one label without dots, the server adds its domain"
    : undefined;
  throw new UsageError(
    `${origin} ${shown}: expected ${hint ?? "1 to 63 letters, digits and inner hyphens"}`,
  );
}

/**
 * The `Host` to send; `rewrite` is the target's own.
 *
 * @throws {UsageError} For what cannot stand in a `Host` header.
 */
export function parseHostHeader(typed: string, target: Target, origin: string): string {
  if (typed === "rewrite") return hostHeaderOf(target);
  const authority = parseAuthority(typed);
  const valid = authority !== undefined && authority.host !== "" &&
    /^[!-~]+$/.test(typed) && /^(?:[1-9]\d{0,4})?$/.test(authority.port ?? "");
  if (valid) return typed;
  throw new UsageError(
    `${origin} ${JSON.stringify(typed)}: expected rewrite, or a host with or without a port`,
  );
}
