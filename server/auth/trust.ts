/**
 * Whom we believe: an issuer's keys, and the rules for what its tokens are worth here.
 *
 * The signature comes first, and only then what the token says. Judging is apart from
 * verifying, and immediate: when rules or keys change, who is in is judged again.
 *
 * @module
 */

import { type Grant, grantFromClaims } from "./grant.ts";
import { type GrantRule, ruleApplies, ruleGrant } from "./grant_rule.ts";
import type { Proof } from "./identity.ts";
import type { KeySource } from "./key_source.ts";
import { refuse } from "./refusal.ts";
import { readRegisteredClaims, type RegisteredClaims } from "./registered_claims.ts";
import type { Claims, SignedToken } from "./signed_token.ts";
import type { VerificationKey } from "./verification_key.ts";

/** What the tokens of some keys are worth. */
export interface TrustRule {
  /** The keys. */
  readonly sources: readonly KeySource[];
  /** The `iss` that has to be there; not looked at without. */
  readonly issuer?: string | undefined;
  /** The `aud` that has to be there; not looked at without. */
  readonly audience?: string | undefined;
  /** Whether it is about tokens with such claims. */
  readonly applies: (claims: Claims) => boolean;
  /** What it grants them. */
  readonly grant: (claims: Claims) => Grant;
}

/** Tokens that say themselves what they grant: those made by the operator. */
export function ownRule(rule: Pick<TrustRule, "sources" | "issuer" | "audience">): TrustRule {
  return { ...rule, applies: () => true, grant: grantFromClaims };
}

/** Tokens of somebody else, of whom the operator says what they are worth. */
export function mappedRule(rule: GrantRule, source: KeySource): TrustRule {
  const { issuer, audience } = rule;
  return {
    sources: [source],
    issuer,
    audience,
    applies: (claims) => ruleApplies(rule, claims),
    grant: (claims) => ruleGrant(rule, claims),
  };
}

/** What a token comes to. */
export interface Judgement {
  readonly registered: RegisteredClaims;
  readonly grant: Grant;
}

/** Checks the tokens of one issuer, or of everybody who has no trust of their own. */
export class Trust {
  readonly #rules: readonly TrustRule[];
  readonly #sources: readonly KeySource[];
  readonly #maxTtlMs: number;

  /** Trusts by these rules; the first one that is about a token counts. */
  constructor(rules: readonly TrustRule[], { maxTtlMs }: { readonly maxTtlMs: number }) {
    this.#rules = rules;
    this.#sources = Array.from(new Set(rules.flatMap(({ sources }) => sources)));
    this.#maxTtlMs = maxTtlMs;
  }

  /**
   * Finds out who has signed a token; what it says is looked at by {@linkcode judge}.
   *
   * @throws {HandshakeRefused} If nobody has whom we trust.
   */
  async verify(token: SignedToken): Promise<Proof> {
    await Promise.all(this.#sources.map((source) => source.ready()));
    let keys = this.#keysFor(token);
    if (keys.length === 0) {
      await Promise.all(this.#sources.map((source) => source.lookAgain()));
      keys = this.#keysFor(token);
    }
    for (const key of keys) {
      if (await key.hasSigned(token.compact, token.alg)) {
        const { claims, alg } = token;
        return { claims, alg, fingerprint: key.fingerprint };
      }
    }
    throw this.#unverified(token, keys.length > 0);
  }

  /**
   * Says what a token is worth now.
   *
   * @throws {HandshakeRefused} If that is nothing.
   */
  judge({ claims, alg, fingerprint }: Proof, now: number): Judgement {
    const isOf = ({ keys = [] }: KeySource) =>
      keys.some((key) => key.fingerprint === fingerprint && key.algorithms.includes(alg));
    const rules = this.#rules.filter(({ sources }) => sources.some(isOf));
    if (rules.length === 0) throw refuse("key_unknown");
    const registered = readRegisteredClaims(claims, now);
    if (registered.lifetimeMs > this.#maxTtlMs) throw refuse("lifetime_refused");
    let refusal = refuse("claims_refused");
    for (const rule of rules) {
      if (!rule.applies(claims)) continue;
      const fault = addressFault(rule, registered);
      if (fault === undefined) return { registered, grant: rule.grant(claims) };
      refusal = fault;
    }
    throw refusal;
  }

  #keysFor({ alg, kid }: SignedToken): VerificationKey[] {
    return this.#sources.flatMap(({ keys = [] }) => keys).filter((key) =>
      key.algorithms.includes(alg) &&
      (kid === undefined || key.kid === undefined || key.kid === kid)
    );
  }

  #unverified({ alg }: SignedToken, isKeyKnown: boolean): Error {
    const isAway = ({ keys }: KeySource) => keys === undefined;
    // With the keys that are missing it might have been good. No secret comes from a key server.
    if (!alg.startsWith("HS") && this.#sources.some(isAway)) return refuse("keys_unavailable");
    if (isKeyKnown) return refuse("signature_invalid");
    const isForAnybody = this.#sources.some(({ keys = [] }) =>
      keys.some(({ algorithms }) => algorithms.includes(alg))
    );
    return refuse(isForAnybody ? "key_unknown" : "alg_refused");
  }
}

function addressFault(
  { issuer, audience }: TrustRule,
  { issuer: iss, audiences }: RegisteredClaims,
): ReturnType<typeof refuse> | undefined {
  if (issuer !== undefined && iss !== issuer) {
    return iss === undefined ? refuse("claim_missing", "iss") : refuse("issuer_refused");
  }
  if (audience !== undefined && !audiences.includes(audience)) {
    return audiences.length === 0 ? refuse("claim_missing", "aud") : refuse("audience_refused");
  }
  return undefined;
}
