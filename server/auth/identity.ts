/**
 * Who is at the other end of a session, and what they may do.
 *
 * @module
 */

import type { OwnerId } from "../registry/owner.ts";
import type { Algorithm } from "./algorithm.ts";
import type { Grant } from "./grant.ts";
import type { Claims } from "./signed_token.ts";

/**
 * What was proved by a token: all that is needed to judge it again after the keys, the
 * rules or the revocations have changed. The token itself is not kept, so that nobody
 * can take it from here.
 */
export interface Proof {
  /** What it says, its signature checked. */
  readonly claims: Claims;
  /** How it was signed. */
  readonly alg: Algorithm;
  /** With which key. */
  readonly fingerprint: string;
}

/** Somebody who has come in. */
export interface Identity {
  /** Whose names they use. */
  readonly owner: OwnerId;
  /** For logs: the token's `sub`, or that there is none. */
  readonly label: string;
  /** What they may do. */
  readonly grant: Grant;
  /** When their right ends, in milliseconds since 1970; `Infinity` for never. */
  readonly expiresAt: number;
  /** Nothing with `--no-auth`. */
  readonly proof: Proof | undefined;
}
