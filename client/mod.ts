/**
 * The local end of tun, as a library: {@linkcode connect} shares a local service at a public URL,
 * {@linkcode serve} answers visitors with a function.
 *
 * Run as a program, it is the command line: `deno run -A jsr:@tun/client 3000`.
 *
 * @module
 */

export type { ReadyEvent, Reporter, RequestEvent, TroubleEvent, TunEvent } from "./events.ts";
export type { TunnelKind } from "./address/target.ts";
export type { WebhookProviderName } from "./forward/webhook/providers.ts";
export type { WebhookOptions } from "./forward/webhook/webhook_check.ts";
export { connect, type ConnectOptions } from "./connect.ts";
export type { ServeHandler, ServeInfo } from "./handler/handler_exchange.ts";
export { type Tunnel, type TunnelEnd, TunnelError } from "./open_tunnel.ts";
export { serve, type ServeOptions } from "./serve.ts";
export type { TunnelOptions } from "./tunnel_options.ts";
export { VERSION as CLIENT_VERSION } from "./version.ts";

if (import.meta.main) {
  const { main } = await import("./main.ts");
  Deno.exit(await main(Deno.args));
}
