/**
 * Names made of claims: `{repository_owner}-*`.
 *
 * What a claim says becomes a label of a host name: lower case, and a hyphen for
 * whatever else there is. So a `*` in a claim is no pattern, and two values can come to
 * the same label; a rule's `when` decides whose values are trusted that far.
 *
 * @module
 */

import { MAX_NAME_LENGTH } from "../registry/names.ts";
import { refuse } from "./refusal.ts";
import type { Claims } from "./signed_token.ts";

const PLACEHOLDER = /\{([^{}]*)\}/g;

/** The claims that a template names. */
export function claimsIn(template: string): string[] {
  return Array.from(template.matchAll(PLACEHOLDER), ([, name]) => name!);
}

/**
 * Fills a template in.
 *
 * @throws {HandshakeRefused} `claim_missing` or `claim_invalid`, with the name of the claim.
 */
export function fillTemplate(template: string, claims: Claims): string {
  const name = template.replace(PLACEHOLDER, (_, claim: string) => labelOf(claims, claim));
  if (name.length <= MAX_NAME_LENGTH) return name;
  // Cut off, two of them could become one.
  throw refuse("claim_invalid", `${claimsIn(template).join(", ")} is too long for a name`);
}

function labelOf(claims: Claims, name: string): string {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  if (value === undefined) throw refuse("claim_missing", name);
  const text = Number.isSafeInteger(value) ? String(value) : value;
  const label = typeof text === "string"
    ? text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "")
    : "";
  if (label === "") throw refuse("claim_invalid", name);
  return label;
}
