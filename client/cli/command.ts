/**
 * What a command line comes to.
 *
 * @module
 */

import type { AccessWish } from "../access/access_wish.ts";
import type { WebhookOptions } from "../forward/webhook/webhook_check.ts";
import type { Endpoint } from "../address/endpoint.ts";
import type { Target, TunnelKind } from "../address/target.ts";

/** One tunnel to open. */
export interface TunnelSpec {
  /** Its name in the config file; absent for `tun http` and `tun tcp`. */
  readonly label?: string;
  readonly kind: TunnelKind;
  readonly target: Target;
  /** The public name wanted, of an HTTP tunnel. */
  readonly subdomain?: string;
  /** The public port wanted, of a TCP tunnel. */
  readonly publicPort?: number;
  /** The `Host` to send instead of the visitor's; `rewrite` is already resolved. */
  readonly hostHeader?: string;
  readonly concurrency: number;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Do not check the certificate of an `https://` target. */
  readonly insecure: boolean;
  /** Who may visit; absent: everybody. */
  readonly access?: AccessWish;
  /** Signed webhooks only. */
  readonly webhook?: WebhookOptions;
}

/** How to reach the server. */
export interface ConnectionOptions {
  readonly endpoint: Endpoint;
  /** From flag, environment or config file; absent means: look in the credentials file. */
  readonly token?: string;
  /** Certificates (PEM) to trust beside the system's. */
  readonly ca?: string;
  readonly allowPlaintext: boolean;
  readonly connectTimeoutMs: number;
}

/** What to print. */
export interface OutputOptions {
  readonly verbose: boolean;
  readonly json: boolean;
}

/** What to do. */
export type Command =
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" }
  | {
    readonly kind: "run";
    readonly tunnels: readonly TunnelSpec[];
    readonly connection: ConnectionOptions;
    readonly output: OutputOptions;
    /** Odd but harmless; to be shown, one line each. */
    readonly warnings: readonly string[];
  }
  | {
    readonly kind: "login";
    readonly connection: ConnectionOptions;
    readonly output: OutputOptions;
  };

/** What `tun http` and `tun tcp` take when nobody says otherwise. */
export const TUNNEL_DEFAULTS = {
  port: 3000,
  concurrency: 100,
  connectTimeoutMs: 10_000,
  requestTimeoutMs: 25_000,
} as const;
