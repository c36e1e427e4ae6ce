/**
 * What a server is told of tokens: whose are taken, and what they are worth.
 *
 * @module
 */

import type { GrantRule } from "./grant_rule.ts";
import type { JwksSource } from "./jwks_source.ts";

/** Who may open tunnels. */
export type AuthConfig =
  | { readonly kind: "none" }
  | {
    readonly kind: "jwt";
    /** Absent, and no `jwks` either: one is generated and kept in the state directory. */
    readonly secret?: string;
    readonly jwks?: readonly JwksSource[];
    readonly issuer?: string;
    readonly audience?: string;
    /** A token that is made to last longer is refused; absent: no limit. */
    readonly maxTtlMs?: number;
    /** What the tokens of other issuers are worth. */
    readonly grants?: readonly GrantRule[];
    /** Who is denied: `jti:…`, `sub:…`. */
    readonly revoked?: readonly string[];
  };
