/**
 * What a program says when it opens a tunnel, and what is made of it.
 *
 * @module
 */

import { checkCredentials, checkNetworks, checkWish } from "./access/access_wish.ts";
import type { ConnectionOptions, TunnelSpec } from "./cli/command.ts";
import { TUNNEL_DEFAULTS } from "./cli/command.ts";
import { DEFAULT_ENDPOINT, parseEndpoint } from "./address/endpoint.ts";
import type { TunEvent } from "./events.ts";

/** How to reach the server, and what to ask it for. */
export interface TunnelOptions {
  /** The server. @default "http://127.0.0.1:8080" */
  readonly endpoint?: string;
  /** The credential; without one, the one that `tun login` has kept for the endpoint. */
  readonly token?: string;
  /** The public name wanted; without one it is random, and the same every time. */
  readonly name?: string;
  /** Certificates (PEM) to trust for the endpoint, beside the system's. */
  readonly ca?: string;
  /** Let the token go in clear over a network. @default false */
  readonly allowPlaintext?: boolean;
  /** Requests at once. @default 100 */
  readonly concurrency?: number;
  /** How long a connection may take to come about. @default 10000 */
  readonly connectTimeoutMs?: number;
  /** From the last byte moved until the head of the answer. @default 25000 */
  readonly requestTimeoutMs?: number;
  /** `user:password`, of which a visitor must know one. @default nobody is asked */
  readonly basicAuth?: readonly string[];
  /** Networks from which visitors may come. @default everywhere */
  readonly allowCidr?: readonly string[];
  /** Networks from which they may not; wins over `allowCidr`. */
  readonly denyCidr?: readonly string[];
  /** Ends the tunnel at once, or the attempt to get it. */
  readonly signal?: AbortSignal;
  /** Told everything that happens. Must not throw. */
  readonly onEvent?: (event: TunEvent) => void;
  /**
   * Where tokens and lease keys are kept; `null` for nowhere: then a random name lives as long as
   * the process. @default the directory of `tun`, if the environment may be read
   */
  readonly configDirectory?: string | null;
}

/** What a tunnel is opened with, with the defaults filled in. */
export function timesOf(
  options: TunnelOptions,
): Pick<TunnelSpec, "concurrency" | "connectTimeoutMs" | "requestTimeoutMs"> {
  return {
    concurrency: options.concurrency ?? TUNNEL_DEFAULTS.concurrency,
    connectTimeoutMs: options.connectTimeoutMs ?? TUNNEL_DEFAULTS.connectTimeoutMs,
    requestTimeoutMs: options.requestTimeoutMs ?? TUNNEL_DEFAULTS.requestTimeoutMs,
  };
}

/** Who may visit, checked. */
export function accessOf(options: TunnelOptions): Pick<TunnelSpec, "access"> {
  const { basicAuth = [], allowCidr = [], denyCidr = [] } = options;
  const access = checkWish({
    credentials: basicAuth.map((one) => checkCredentials(one, "basicAuth")),
    allow: checkNetworks(allowCidr, "allowCidr"),
    deny: checkNetworks(denyCidr, "denyCidr"),
  }, "basicAuth");
  return access === undefined ? {} : { access };
}

/** How the server is reached. */
export function connectionOf(options: TunnelOptions): ConnectionOptions {
  const { token, ca } = options;
  return {
    endpoint: parseEndpoint(options.endpoint ?? DEFAULT_ENDPOINT, "endpoint"),
    allowPlaintext: options.allowPlaintext ?? false,
    connectTimeoutMs: timesOf(options).connectTimeoutMs,
    ...(token === undefined ? {} : { token }),
    ...(ca === undefined ? {} : { ca }),
  };
}
