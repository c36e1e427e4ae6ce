/**
 * Rules that turn the claims of somebody else's tokens into grants: how a CI job gets a
 * tunnel without a secret of ours.
 *
 * @module
 */

import type { JwksSource } from "./jwks_source.ts";
import { type Grant, grantFromClaims } from "./grant.ts";
import { matchesPattern } from "./name_pattern.ts";
import { fillTemplate } from "./name_template.ts";
import type { Claims } from "./signed_token.ts";

/** What a claim must be: text with `*`, or exactly that number or truth. */
export type WantedValue = string | number | boolean;

/** One rule. */
export interface GrantRule {
  /** The `iss` of the tokens it is for. */
  readonly issuer: string;
  /** The `aud` they must carry; not looked at without. */
  readonly audience?: string;
  /** The issuer's keys. */
  readonly jwks: JwksSource;
  /** What their claims must be: all of these, each one of its values. */
  readonly when: Readonly<Record<string, readonly WantedValue[]>>;
  /** What they get, in the words of our own tokens' claims; `names` may have `{claim}` in them. */
  readonly grant: Claims;
}

/** Whether a rule is for tokens with such claims. */
export function ruleApplies({ when }: GrantRule, claims: Claims): boolean {
  return Object.entries(when).every(([name, wanted]) => {
    if (!Object.hasOwn(claims, name)) return false;
    const value = claims[name];
    // Groups and roles are lists: one of them is enough.
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.some((each) => wanted.some((want) => isWanted(each, want)));
  });
}

function isWanted(value: unknown, want: WantedValue): boolean {
  if (typeof want === "string") return typeof value === "string" && matchesPattern(want, value);
  return value === want;
}

/**
 * What a rule grants to the bearer of such claims.
 *
 * @throws {HandshakeRefused} If a name cannot be made of them.
 */
export function ruleGrant({ grant }: GrantRule, claims: Claims): Grant {
  const templates = (grant.names ?? []) as readonly string[];
  const names = templates.map((template) => fillTemplate(template, claims));
  return grantFromClaims({ ...grant, names });
}
