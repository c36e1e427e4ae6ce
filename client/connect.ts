/**
 * Tunnels for programs.
 *
 * @module
 */

import { checkCredentials, checkNetworks, checkWish } from "./access/access_wish.ts";
import type { Agent } from "./agent.ts";
import type { AgentTunnel } from "./agent/tunnel.ts";
import type { ConnectionOptions, TunnelSpec } from "./cli/command.ts";
import { TUNNEL_DEFAULTS } from "./cli/command.ts";
import { configDirectory } from "./cli/config_directory.ts";
import { DEFAULT_ENDPOINT, parseEndpoint } from "./cli/endpoint.ts";
import type { Environment } from "./cli/flag_values.ts";
import { parseHostHeader, parseSubdomain } from "./cli/public_name.ts";
import { parseTarget, type TunnelKind } from "./cli/target.ts";
import type { TunEvent } from "./cli/terminal/events.ts";
import type { WebhookOptions } from "./forward/webhook/webhook_check.ts";
import { forwardedTunnel, launch } from "./launch.ts";

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

/** Why a tunnel has ended. */
export interface TunnelEnd {
  /** `stopped`, or what went wrong; stable, for programs. */
  readonly code: string;
  /** The same for a person. */
  readonly message: string;
}

/** A tunnel could not be opened. */
export class TunnelError extends Error {
  /** Tells the class apart. */
  override readonly name = "TunnelError";
  /** Why; stable, for programs. */
  readonly code: string;

  /** Makes an error of what the server, or the attempt to reach it, said. */
  constructor({ code, message }: TunnelEnd, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A tunnel that is open, and stays so whatever the network does. */
export interface Tunnel extends AsyncDisposable {
  /** Where visitors go: `https://shop.example.com`, or `tcp://example.com:30000`. */
  readonly url: string;
  /** Its name, or its port as text. */
  readonly name: string;
  /** Resolves when it is over for good. */
  readonly closed: Promise<TunnelEnd>;
  /** Lets requests that are under way end, for at most three seconds, and closes it. */
  close(): Promise<void>;
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

/** Opens one tunnel and waits until it is there. */
export async function openTunnel(
  options: TunnelOptions,
  makeTunnel: (report: (event: TunEvent) => void) => Promise<AgentTunnel & Disposable>,
): Promise<Tunnel> {
  const { signal, onEvent } = options;
  signal?.throwIfAborted();
  const ready = Promise.withResolvers<{ readonly url: string; readonly name: string }>();
  const report = (event: TunEvent) => {
    if (event.event === "ready") ready.resolve(event);
    onEvent?.(event);
  };
  const tunnel = await makeTunnel(report);
  const env = environment();
  const agent = await launch({
    connection: connectionOf(options),
    tunnels: [tunnel],
    env,
    report,
    configDirectory: options.configDirectory === undefined
      ? configDirectory(env, Deno.build.os)
      : options.configDirectory ?? undefined,
  });
  const onAbort = () => void agent.stop(0);
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  const closed = agent.ended.then(({ code, message }) => {
    signal?.removeEventListener("abort", onAbort);
    tunnel[Symbol.dispose]();
    return { code, message };
  });
  const failed = closed.then((end): never => {
    signal?.throwIfAborted();
    throw new TunnelError(end);
  });
  const { url, name } = await Promise.race([ready.promise, failed]);
  failed.catch(() => {});
  return new OpenTunnel(agent, { url, name, closed });
}

class OpenTunnel implements Tunnel {
  readonly url: string;
  readonly name: string;
  readonly closed: Promise<TunnelEnd>;
  readonly #agent: Agent;

  constructor(agent: Agent, { url, name, closed }: Pick<Tunnel, "url" | "name" | "closed">) {
    this.#agent = agent;
    this.url = url;
    this.name = name;
    this.closed = closed;
  }

  async close(): Promise<void> {
    await this.#agent.stop();
    await this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function connectionOf(options: TunnelOptions): ConnectionOptions {
  const { token, ca } = options;
  return {
    endpoint: parseEndpoint(options.endpoint ?? DEFAULT_ENDPOINT, "endpoint"),
    allowPlaintext: options.allowPlaintext ?? false,
    connectTimeoutMs: timesOf(options).connectTimeoutMs,
    ...(token === undefined ? {} : { token }),
    ...(ca === undefined ? {} : { ca }),
  };
}

/** The environment, if it may be read without asking anybody. */
function environment(): Environment {
  const { state } = Deno.permissions.querySync({ name: "env" });
  return state === "granted" ? Deno.env.toObject() : {};
}
