/**
 * The file of `--grants`: a JSON list of rules. docs/identity.md describes it.
 *
 * Everything in it is checked when it is read: a rule that is misspelled must not turn
 * into one that grants more, or into one that nobody ever meets.
 *
 * @module
 */

import { HandshakeRefused } from "@tun/protocol";
import type { JwksSource } from "./jwks_source.ts";
import { GRANT_CLAIMS } from "./grant.ts";
import { type GrantRule, ruleGrant, type WantedValue } from "./grant_rule.ts";
import { claimsIn } from "./name_template.ts";
import type { Claims } from "./signed_token.ts";
import { isJsonObject, parseStrictJson } from "./strict_json.ts";

/** More are a sign that something else should decide. */
const MAX_RULES = 256;

/** A rule cannot be understood. */
export class GrantsError extends Error {
  /** Tells the class apart. */
  override readonly name = "GrantsError";
}

/**
 * Reads the rules; `keysOf` finds what `jwks` names.
 *
 * @throws {GrantsError} For the first thing that is wrong, in one line.
 */
export function readGrants(text: string, keysOf: (jwks: string) => JwksSource): GrantRule[] {
  let value: unknown;
  try {
    value = parseStrictJson(text);
  } catch (cause) {
    throw new GrantsError("expected JSON without repeated keys", { cause });
  }
  if (!Array.isArray(value) || value.length > MAX_RULES) {
    throw new GrantsError(`expected a list of at most ${MAX_RULES} rules: [{"issuer": ...}, ...]`);
  }
  return value.map((rule, index) => {
    try {
      return readRule(rule, keysOf);
    } catch (error) {
      if (!(error instanceof GrantsError)) throw error;
      throw new GrantsError(`rule ${index + 1}: ${error.message}`, { cause: error });
    }
  });
}

function readRule(value: unknown, keysOf: (jwks: string) => JwksSource): GrantRule {
  const { issuer, audience, jwks, when, grant } = objectOf(value, "a rule", [
    ...["issuer", "audience", "jwks", "when", "grant"],
  ]);
  const rule: GrantRule = {
    issuer: textOf(issuer, "issuer"),
    ...(audience === undefined ? {} : { audience: textOf(audience, "audience") }),
    jwks: keysOf(textOf(jwks, "jwks")),
    when: whenOf(when),
    grant: objectOf(grant, '"grant"', GRANT_CLAIMS),
  };
  tryOut(rule);
  return rule;
}

function objectOf(value: unknown, what: string, keys: readonly string[]): Claims {
  if (!isJsonObject(value)) throw new GrantsError(`expected ${what} to be an object`);
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown === undefined) return value;
  throw new GrantsError(
    `${what} has no ${JSON.stringify(unknown)}, only ${keys.join(", ")}`,
  );
}

function textOf(value: unknown, key: string): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  throw new GrantsError(`expected "${key}" to be text`);
}

/** Without a condition, everybody who has an account with the issuer would come in. */
function whenOf(value: unknown): GrantRule["when"] {
  if (!isJsonObject(value) || Object.keys(value).length === 0) {
    throw new GrantsError('expected "when" to name at least one claim');
  }
  return Object.fromEntries(
    Object.entries(value).map(([claim, wanted]) => {
      const values: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted];
      if (values.length > 0 && values.every(isWantedValue)) return [claim, values];
      throw new GrantsError(`"when": expected ${JSON.stringify(claim)} to be text or a list of it`);
    }),
  );
}

function isWantedValue(value: unknown): value is WantedValue {
  return typeof value === "string" || typeof value === "boolean" || typeof value === "number";
}

/** The grant, for somebody whose claims are all `x`. */
function tryOut(rule: GrantRule): void {
  const { names } = rule.grant;
  const templates: readonly unknown[] = Array.isArray(names) ? names : [];
  if (names !== undefined && (!Array.isArray(names) || !templates.every(isText))) {
    throw new GrantsError('"grant": "names" makes no sense');
  }
  const claims = templates.filter(isText).flatMap(claimsIn).map((claim) => [claim, "x"]);
  try {
    ruleGrant(rule, Object.fromEntries(claims));
  } catch (error) {
    if (!(error instanceof HandshakeRefused)) throw error;
    const claim = error.message.slice(error.message.lastIndexOf(":") + 2);
    throw new GrantsError(`"grant": "${claim}" makes no sense`, { cause: error });
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
