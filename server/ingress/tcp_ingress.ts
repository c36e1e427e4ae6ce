/**
 * Public ports of TCP tunnels.
 *
 * @module
 */

import {
  type Clock,
  SessionClosed,
  StreamReset,
  TcpTransport,
  type Timer,
  type Transport,
  TransportError,
} from "@tun/protocol";
import type { CapReason, ConnectionCaps, Occupant } from "../admission/connection_caps.ts";
import type { Lookup } from "../registry/claim.ts";
import { type Route, RouteUnusable } from "../routing/route.ts";
import { ByteSource } from "./byte_source.ts";
import { accepted, peerOf } from "./http_ingress.ts";
import { pipe, type PipeWatch } from "./pipe.ts";

/** A connection waits this long for a paused link, like a request. */
const PAUSED_WAIT_MS = 10_000;

/**
 * Once its stream is over, a visitor has this long to take the rest. Before, it may
 * pause for as long as it likes, as people do who read page by page.
 */
const REST_MS = 30_000;

/** Silence means nothing here: people read page by page, and databases wait for questions. */
const NEVER_IDLE: Occupant = { isIdle: false, evict() {} };

/** What the ports need. */
export interface TcpIngressOptions {
  /** The address to listen on. */
  readonly hostname: string;
  /** Whose a port is. */
  readonly lookup: (port: number) => Lookup<Route>;
  /** Connections that visitors may have. */
  readonly caps: ConnectionCaps;
  /** Told of a connection that was turned away. */
  readonly onCapped: (reason: CapReason) => void;
  /** Time. */
  readonly clock: Clock;
  /** Told of every connection that has ended. */
  readonly onConnection: (port: number, visitor: string, code: string) => void;
  /** Told of a fault of our own, which has cost one connection. */
  readonly onFault: (error: unknown) => void;
}

/** Listens on public ports. */
export class TcpIngress {
  readonly #options: TcpIngressOptions;
  readonly #listeners = new Set<Deno.TcpListener>();
  #connections = 0;

  /** Makes an ingress without ports. */
  constructor(options: TcpIngressOptions) {
    this.#options = options;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#connections;
  }

  /** Accepts no more; what is open goes on. */
  stop(): void {
    for (const listener of this.#listeners) listener.close();
    this.#listeners.clear();
  }

  /** Starts to listen; `null` if the system refuses the port. */
  bind(port: number): Promise<Disposable | null> {
    const { hostname } = this.#options;
    let listener: Deno.TcpListener;
    try {
      listener = Deno.listen({ hostname, port });
    } catch (error) {
      if (isRefusal(error)) return Promise.resolve(null);
      throw error;
    }
    this.#listeners.add(listener);
    this.#accept(listener, port);
    return Promise.resolve({
      [Symbol.dispose]: () => {
        if (this.#listeners.delete(listener)) listener.close();
      },
    });
  }

  async #accept(listener: Deno.TcpListener, port: number): Promise<void> {
    for await (const conn of accepted(listener, this.#options.clock)) this.#serve(conn, port);
  }

  async #serve(conn: Deno.Conn, port: number): Promise<void> {
    const visitor = peerOf(conn);
    const ip = (conn.remoteAddr as Deno.NetAddr).hostname;
    using transport = new TcpTransport(conn);
    const seat = this.#options.caps.take(ip, NEVER_IDLE);
    if (typeof seat === "string") return this.#options.onCapped(seat);
    let code = "ended";
    this.#connections++;
    try {
      const route = await this.#usableRoute(port);
      if (route === undefined) code = "tunnel_offline";
      else {
        code = await this.#carry(transport, route, visitor, ip);
      }
    } catch (error) {
      if (!isExpected(error)) this.#options.onFault(error);
      code = isExpected(error) ? error.code : "fault";
    } finally {
      this.#connections--;
      seat[Symbol.dispose]();
    }
    this.#options.onConnection(port, visitor, code);
  }

  /** Whoever may not come in is hung up on: there is no way to say why. */
  async #carry(
    transport: TcpTransport,
    route: Route,
    visitor: string,
    ip: string,
  ): Promise<string> {
    const verdict = await route.admission?.admit({ ip, authorization: null });
    if (verdict?.kind === "refused") return verdict.code;
    try {
      using rest = new RestWatch(transport, this.#options.clock);
      const stream = route.open({ kind: "tcp", visitor });
      await pipe(transport, new ByteSource(transport), stream, rest, verdict?.pace);
      return "ended";
    } finally {
      verdict?.leave();
    }
  }

  async #usableRoute(port: number): Promise<Route | undefined> {
    const found = this.#options.lookup(port);
    if (found.state !== "online") return undefined;
    const { route } = found;
    if (!route.isPaused || await route.whenUsable(PAUSED_WAIT_MS)) return route;
    // A newer client may have taken the port over in the meantime.
    const now = this.#options.lookup(port);
    return now.state === "online" && !now.route.isPaused ? now.route : undefined;
  }
}

/** Closes the connection of who does not take the rest. */
class RestWatch implements PipeWatch, Disposable {
  readonly #transport: Transport;
  readonly #clock: Clock;
  #timer: Timer | undefined;

  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
  }

  onWrite(): void {}

  onWritten(): void {}

  onBroken(): void {
    this.#timer = this.#clock.schedule(REST_MS, () => this.#transport.close());
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
  }
}

/** The port is taken, or needs rights that we do not have. */
function isRefusal(error: unknown): boolean {
  return error instanceof Deno.errors.AddrInUse || error instanceof Deno.errors.PermissionDenied;
}

function isExpected(
  error: unknown,
): error is TransportError | StreamReset | SessionClosed | RouteUnusable {
  return error instanceof TransportError || error instanceof StreamReset ||
    error instanceof SessionClosed || error instanceof RouteUnusable;
}
