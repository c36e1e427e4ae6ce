/**
 * What a command line of `tun-server` comes to.
 *
 * @module
 */

import type { AuthConfig } from "../auth/auth_config.ts";
import type { ServerConfig } from "../config.ts";

/** Which keys a token is signed or checked with. */
export interface KeyOptions {
  readonly state: string;
  readonly auth: AuthConfig & { readonly kind: "jwt" };
}

/** What a token is to permit, in the words of its claims. */
export interface TokenClaims {
  /** Absent: nobody said, make one up. */
  readonly sub?: string;
  readonly names: readonly string[];
  readonly ports: readonly string[];
  /** Empty: both. */
  readonly kinds: readonly ("http" | "tcp")[];
  readonly tunnels?: number;
  readonly streams?: number;
  readonly rps?: number;
  readonly bps?: number;
  /** Seconds that a session may last. */
  readonly ttl?: number;
  /** Networks; absent: everybody. */
  readonly visitors?: readonly string[];
}

/** What to do. */
export type Command =
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" }
  | {
    readonly kind: "serve";
    readonly config: ServerConfig;
    /** To be shown before starting, one line each. */
    readonly warnings: readonly string[];
  }
  | {
    readonly kind: "check";
    /** What the server would be started with. */
    readonly config: ServerConfig;
    readonly warnings: readonly string[];
    /** To be printed if it works. */
    readonly text: string;
  }
  | {
    readonly kind: "token";
    readonly claims: TokenClaims;
    readonly ttlMs: number;
    readonly keys: KeyOptions;
  }
  | {
    readonly kind: "inspect";
    /** Absent: on standard input. */
    readonly token?: string;
    readonly keys: KeyOptions;
  };
