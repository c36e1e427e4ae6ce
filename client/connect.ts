/**
 * A local service at a public URL.
 *
 * @module
 */

import type { TunnelSpec } from "./cli/command.ts";
import { parseHostHeader, parseSubdomain } from "./cli/public_name.ts";
import { parseTarget, type TunnelKind } from "./address/target.ts";
import type { WebhookOptions } from "./forward/webhook/webhook_check.ts";
import { forwardedTunnel } from "./forwarded_tunnel.ts";
import { openTunnel, type Tunnel } from "./open_tunnel.ts";
import { accessOf, timesOf, type TunnelOptions } from "./tunnel_options.ts";

/** What to share, and how. */
export interface ConnectOptions extends TunnelOptions {
  /** A port, `host:port`, a URL or the path of a unix socket. */
  readonly target: number | string;
  /** HTTP requests by name, or bytes of a public port. @default "http" */
  readonly kind?: TunnelKind;
  /** With `tcp`: the public port wanted. */
  readonly port?: number;
  /** The `Host` to send instead of the visitor's; `rewrite` sends the target's. */
  readonly hostHeader?: string;
  /** Do not check the certificate of an `https://` target. @default false */
  readonly insecure?: boolean;
  /** With `http`: let only webhooks pass that are signed with one of these secrets. */
  readonly verifyWebhook?: WebhookOptions;
}

/**
 * Shares a local service. Resolves when it can be visited; an endpoint that cannot be reached is
 * tried until it can, or the signal is aborted.
 *
 * ```ts
 * import { connect } from "@tun/client";
 * import { createServer, SERVER_DEFAULTS, silentLog } from "@tun/server";
 *
 * const any = { hostname: "127.0.0.1", port: 0 };
 * const state = await Deno.makeTempDir();
 * await using server = await createServer(
 *   { ...SERVER_DEFAULTS, http: any, tunnel: any, admin: any, auth: { kind: "none" }, state },
 *   { log: silentLog },
 * );
 * await using app = Deno.serve({ port: 0, onListen() {} }, () => new Response("hello"));
 *
 * await using tunnel = await connect({
 *   target: app.addr.port,
 *   endpoint: `http://127.0.0.1:${server.httpAddress.port}`,
 *   name: "shop",
 *   configDirectory: null,
 * });
 * console.assert(tunnel.name === "shop");
 * ```
 *
 * @throws {TunnelError} If the server refuses.
 * @throws {TypeError} For an option that makes no sense.
 * @throws The signal's reason, once it is aborted.
 */
export async function connect(options: ConnectOptions): Promise<Tunnel> {
  const kind = options.kind ?? "http";
  const target = parseTarget(String(options.target), kind);
  const { name, port, hostHeader, verifyWebhook } = options;
  const spec: TunnelSpec = {
    kind,
    target,
    ...timesOf(options),
    insecure: options.insecure ?? false,
    ...accessOf(options),
    ...(verifyWebhook === undefined ? {} : { webhook: verifyWebhook }),
    ...(name === undefined ? {} : { subdomain: parseSubdomain(name, "name") }),
    ...(port === undefined ? {} : { publicPort: port }),
    ...(hostHeader === undefined
      ? {}
      : { hostHeader: parseHostHeader(hostHeader, target, "hostHeader") }),
  };
  // Asking for it takes a permission that only the path of a socket needs.
  const directory = target.kind === "socket" ? Deno.cwd() : "";
  return await openTunnel(options, (report) => forwardedTunnel(spec, directory, report));
}
