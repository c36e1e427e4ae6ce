/**
 * Why a token is refused: a closed list, a row for each check that a token can fail.
 * The code is the protocol's, the reason is ours; both are stable, and both travel.
 *
 * A refusal names claims and header fields, never what they say: it ends up in logs.
 *
 * @module
 */

import { HandshakeRefused, type RefusalCode } from "@tun/protocol";

/** Which check a token has failed. */
export type RefusalReason =
  /** There is none. */
  | "token_missing"
  /** Longer than any token that somebody would need. */
  | "token_too_large"
  /** Not three parts of canonical base64url with strict JSON in them. */
  | "token_malformed"
  /** A header that asks for something we do not do, or brings its own key. */
  | "header_refused"
  /** A JWT of another kind. */
  | "typ_refused"
  /** None of the keys is for that algorithm; `none` included. */
  | "alg_refused"
  /** No key by that name. */
  | "key_unknown"
  /** The key is right and the signature is not. */
  | "signature_invalid"
  /** Somebody else's. */
  | "issuer_refused"
  /** For somebody else. */
  | "audience_refused"
  /** A claim that has to be there. */
  | "claim_missing"
  /** A claim of the wrong type or form. */
  | "claim_invalid"
  /** Good, but no rule grants anything to such a token. */
  | "claims_refused"
  /** Good for longer than the operator accepts. */
  | "lifetime_refused"
  /** Too early. */
  | "token_not_yet_valid"
  /** A fresh token for a session must be of the same owner. */
  | "owner_changed"
  /** Too late. */
  | "token_expired"
  /** Denied by its `jti` or `sub`. */
  | "token_revoked"
  /** Not the token's fault. */
  | "keys_unavailable";

/** Code on the wire and sentence for people. */
const REFUSALS: Readonly<
  Record<RefusalReason, readonly [code: RefusalCode, message: string]>
> = {
  token_missing: [
    "token_refused",
    "This server wants a token: get one from its operator, and give it to `tun login`",
  ],
  token_too_large: ["token_refused", "The token is too large"],
  token_malformed: ["token_refused", "The token is not a signed JWT"],
  header_refused: ["token_refused", "The token's header asks for what is not done here"],
  typ_refused: ["token_refused", "The token is of a type that is not taken here"],
  alg_refused: ["token_refused", "The token is signed in a way that is not accepted here"],
  key_unknown: ["token_refused", "The token is signed with a key that is not known here"],
  signature_invalid: ["token_refused", "The token's signature is wrong"],
  issuer_refused: ["token_refused", "The token comes from an issuer that is not trusted here"],
  audience_refused: ["token_refused", "The token is for somebody else than this server"],
  claim_missing: ["token_refused", "The token lacks a claim"],
  claim_invalid: ["token_refused", "The token has a claim that makes no sense"],
  claims_refused: ["token_refused", "No rule of this server grants anything to such a token"],
  lifetime_refused: ["token_refused", "The token is good for longer than this server accepts"],
  token_not_yet_valid: ["token_refused", "The token is not valid yet"],
  owner_changed: ["token_refused", "The token is somebody else's"],
  token_expired: ["token_expired", "The token has expired"],
  token_revoked: ["token_revoked", "The token was revoked"],
  keys_unavailable: ["auth_unavailable", "Tokens cannot be checked at the moment"],
};

/** All of them, for documentation and tests. */
export const REFUSAL_REASONS: readonly RefusalReason[] = Object.keys(REFUSALS) as RefusalReason[];

/** A client that comes back earlier would find the keys as far away. */
const RETRY_AFTER_MS = 5000;

/** Makes a refusal; `detail` is the name of a claim or a field. */
export function refuse(
  reason: RefusalReason,
  detail?: string,
  options: ErrorOptions = {},
): HandshakeRefused {
  const [code, message] = REFUSALS[reason];
  return new HandshakeRefused(code, detail === undefined ? message : `${message}: ${detail}`, {
    ...options,
    reason,
    ...(code === "auth_unavailable" ? { retryAfterMs: RETRY_AFTER_MS } : {}),
  });
}
