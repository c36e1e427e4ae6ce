/**
 * A public server without a local port.
 *
 * @module
 */

import { parseSubdomain } from "./cli/public_name.ts";
import type { TunEvent } from "./events.ts";
import { claimOf } from "./forwarded_tunnel.ts";
import type { ServeHandler } from "./handler/handler_exchange.ts";
import { HandlerTunnel } from "./handler/handler_tunnel.ts";
import { openTunnel, type Tunnel } from "./open_tunnel.ts";
import { accessOf, timesOf, type TunnelOptions } from "./tunnel_options.ts";

/** How to serve. */
export interface ServeOptions extends TunnelOptions {
  /** Told what the handler throws; the visitor gets a 500. @default reported as an `error` event */
  readonly onError?: (error: unknown) => void;
}

/**
 * Answers visitors with a function, in the shape of `Deno.serve`. Requests come straight from the
 * tunnel: nothing listens on this machine. Upgrades are not possible.
 *
 * ```ts
 * import { serve } from "@tun/client";
 * import { createServer, SERVER_DEFAULTS, silentLog } from "@tun/server";
 *
 * const any = { hostname: "127.0.0.1", port: 0 };
 * const state = await Deno.makeTempDir();
 * await using server = await createServer(
 *   { ...SERVER_DEFAULTS, http: any, tunnel: any, admin: any, auth: { kind: "none" }, state },
 *   { log: silentLog },
 * );
 * const endpoint = `http://127.0.0.1:${server.httpAddress.port}`;
 *
 * await using tunnel = await serve(
 *   { endpoint, name: "hello", configDirectory: null },
 *   (request) => new Response(`You asked for ${new URL(request.url).pathname}`),
 * );
 * console.assert(tunnel.name === "hello");
 * ```
 *
 * @throws {TunnelError} If the server refuses.
 * @throws The signal's reason, once it is aborted.
 */
export async function serve(options: ServeOptions, handler: ServeHandler): Promise<Tunnel> {
  const { name } = options;
  const spec = {
    kind: "http",
    ...timesOf(options),
    ...accessOf(options),
    ...(name === undefined ? {} : { subdomain: parseSubdomain(name, "name") }),
  } as const;
  return await openTunnel(options, async (report) => {
    const onError = options.onError ?? ((error) => report(errorEvent(error)));
    const tunnel = new HandlerTunnel(handler, report, onError);
    return {
      ...await claimOf(spec),
      key: "serve()",
      handle: (stream) => tunnel.handle(stream),
      [Symbol.dispose]: () => {},
    };
  });
}

function errorEvent(error: unknown): TunEvent {
  const message = error instanceof Error ? error.message : String(error);
  return { event: "error", code: "handler_failed", message: `the handler failed: ${message}` };
}
