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
  TransportError,
} from "@tun/protocol";
import type { Lookup } from "../registry/claim.ts";
import { type Route, RouteUnusable } from "../routing/route.ts";
import { ByteSource } from "./byte_source.ts";
import { accepted, peerOf } from "./http_ingress.ts";
import { pipe } from "./pipe.ts";

/** A connection waits this long for a paused link, like a request. */
const PAUSED_WAIT_MS = 10_000;

/** What the ports need. */
export interface TcpIngressOptions {
  /** The address to listen on. */
  readonly hostname: string;
  /** Whose a port is. */
  readonly lookup: (port: number) => Lookup<Route>;
  /** Time. */
  readonly clock: Clock;
  /** Told of every connection that has ended. */
  readonly onConnection: (port: number, visitor: string, code: string) => void;
}

/** Listens on public ports. */
export class TcpIngress {
  readonly #options: TcpIngressOptions;

  /** Makes an ingress without ports. */
  constructor(options: TcpIngressOptions) {
    this.#options = options;
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
    this.#accept(listener, port);
    return Promise.resolve({ [Symbol.dispose]: () => listener.close() });
  }

  async #accept(listener: Deno.TcpListener, port: number): Promise<void> {
    for await (const conn of accepted(listener, this.#options.clock)) this.#serve(conn, port);
  }

  async #serve(conn: Deno.Conn, port: number): Promise<void> {
    const visitor = peerOf(conn);
    using transport = new TcpTransport(conn);
    let code = "ended";
    try {
      const route = await this.#usableRoute(port);
      if (route === undefined) code = "tunnel_offline";
      else {
        const stream = route.open({ kind: "tcp", visitor });
        await pipe(transport, new ByteSource(transport), stream, () => {});
      }
    } catch (error) {
      if (!isExpected(error)) throw error;
      code = error.code;
    }
    this.#options.onConnection(port, visitor, code);
  }

  async #usableRoute(port: number): Promise<Route | undefined> {
    const found = this.#options.lookup(port);
    if (found.state !== "online") return undefined;
    const { route } = found;
    return !route.isPaused || await route.whenUsable(PAUSED_WAIT_MS) ? route : undefined;
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
