/**
 * Reaching a server over whatever gets through.
 *
 * An HTTP endpoint can be reached by a raw upgrade, which is fast, or by WebSocket, which more
 * middleboxes let pass. Whether a carrier works shows only when the server has answered the
 * handshake over it, so the handshake is part of the attempt.
 *
 * @module
 */

import {
  type Clock,
  connectWebSocket,
  HandshakeRefused,
  systemClock,
  TcpTransport,
  type Transport,
  TransportError,
  upgradeConnection,
} from "@tun/protocol";
import { isIpv6, joinAuthority } from "../address/authority.ts";
import { type Endpoint, endpointIdentity, endpointLabel } from "../address/endpoint.ts";
import type { Environment } from "../environment.ts";
import { withDeadline } from "../deadline.ts";
import { checkAuthorities } from "./authorities.ts";
import { asDialError, DialError } from "./dial_error.ts";
import { proxyFor, type ProxyServer } from "./proxy.ts";
import { openSocket } from "./socket.ts";

/** How the bytes travel. */
export type Carrier = "socket" | "upgrade" | "websocket";

/** What to do over a transport: a handshake. It owns the transport. */
export type Attempt<T> = (transport: Transport, signal: AbortSignal) => Promise<T>;

/** How to reach a server. */
export interface DialerOptions {
  readonly endpoint: Endpoint;
  /** Certificates (PEM) to trust beside the system's. */
  readonly ca?: string | undefined;
  /** How long a connection may take to come about. */
  readonly connectTimeoutMs: number;
  /** Where the proxy variables are. @default none */
  readonly env?: Environment;
  /** @default {systemClock} */
  readonly clock?: Clock;
  /** Which carrier has worked, by endpoint. @default one for the process */
  readonly winners?: Map<string, Carrier>;
}

/** A proxy that swallows upgrades is silent; this long it may be before WebSocket is tried. */
const UPGRADE_ANSWER_MS = 3_000;

const processWinners = new Map<string, Carrier>();

/** Dials one endpoint. */
export class Dialer {
  readonly #options: DialerOptions;
  readonly #clock: Clock;
  readonly #winners: Map<string, Carrier>;
  readonly #identity: string;
  readonly #label: string;
  readonly #proxy: ProxyServer | undefined;

  /**
   * Makes a dialer.
   *
   * @throws {ProxyError} If the environment names a proxy that cannot be used.
   * @throws {AuthoritiesError} If a certificate to trust cannot be read.
   */
  constructor(options: DialerOptions) {
    if (options.ca !== undefined) checkAuthorities(options.ca);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#winners = options.winners ?? processWinners;
    this.#identity = endpointIdentity(options.endpoint);
    this.#label = endpointLabel(options.endpoint);
    this.#proxy = proxyFor(options.endpoint, options.env ?? {});
  }

  /**
   * Connects and does `attempt`, over one carrier after another until one works.
   *
   * @throws {HandshakeRefused} What the server said.
   * @throws {DialError} If no server said anything.
   * @throws The signal's reason, once it is aborted.
   */
  async dial<T>(attempt: Attempt<T>, signal: AbortSignal): Promise<T> {
    const carriers = this.#carriers();
    let failure: DialError | undefined;
    for (const [index, carrier] of carriers.entries()) {
      try {
        const mayFallBack = index < carriers.length - 1 && carrier === "upgrade";
        const result = await this.#try(carrier, attempt, signal, mayFallBack);
        this.#winners.set(this.#identity, carrier);
        return result;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof HandshakeRefused) {
          this.#winners.set(this.#identity, carrier);
          throw error;
        }
        const dialError = asDialError(error, this.#label);
        failure ??= dialError;
        if (isAboutTheConnection(dialError)) break;
      }
    }
    this.#winners.delete(this.#identity);
    throw this.#withHint(failure!);
  }

  #carriers(): Carrier[] {
    const { scheme, isLoopback } = this.#options.endpoint;
    if (scheme === "tcp" || scheme === "tls") return ["socket"];
    if (scheme === "ws" || scheme === "wss") return ["websocket"];
    // Over plain http its masking protects caches on the way from what a tunnel carries.
    const first = this.#winners.get(this.#identity) ??
      (scheme === "http" && !isLoopback ? "websocket" : "upgrade");
    return first === "websocket" ? ["websocket", "upgrade"] : ["upgrade", "websocket"];
  }

  async #try<T>(
    carrier: Carrier,
    attempt: Attempt<T>,
    signal: AbortSignal,
    mayFallBack: boolean,
  ): Promise<T> {
    const conn = await this.#openSocket(signal);
    if (carrier === "socket") return await attempt(new TcpTransport(conn), signal);
    if (carrier === "websocket") return await attempt(await this.#webSocket(conn, signal), signal);
    if (!mayFallBack) return await attempt(await this.#upgrade(conn, signal), signal);
    return await this.#answering(UPGRADE_ANSWER_MS, signal, async (signal) => {
      return await attempt(await this.#upgrade(conn, signal), signal);
    });
  }

  #openSocket(signal: AbortSignal): Promise<Deno.TcpConn | Deno.TlsConn> {
    const { endpoint, ca } = this.#options;
    return this.#connecting(
      signal,
      (signal) => openSocket({ endpoint, ca, proxy: this.#proxy, signal }),
    );
  }

  #upgrade(conn: Deno.Conn, signal: AbortSignal): Promise<Transport> {
    const { endpoint } = this.#options;
    return upgradeConnection(conn, { host: hostField(endpoint), target: endpoint.path, signal });
  }

  #webSocket(conn: Deno.Conn, signal: AbortSignal): Promise<Transport> {
    const { endpoint, connectTimeoutMs } = this.#options;
    return this.#answering(
      connectTimeoutMs,
      signal,
      (signal) =>
        connectWebSocket(conn, { host: hostField(endpoint), target: endpoint.path, signal }),
    );
  }

  #connecting<T>(signal: AbortSignal, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const ms = this.#options.connectTimeoutMs;
    const why = `cannot reach ${this.#label}: no connection within ${ms / 1000} s`;
    const error = () => new DialError("unreachable", why);
    return withDeadline({ clock: this.#clock, ms, error, signal }, task);
  }

  #answering<T>(
    ms: number,
    signal: AbortSignal,
    task: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const error = () => new DialError("timeout", `${this.#label} does not answer`);
    return withDeadline({ clock: this.#clock, ms, error, signal }, task);
  }

  #withHint(error: DialError): DialError {
    const { assumedScheme, host, port } = this.#options.endpoint;
    if (!assumedScheme || error.code !== "tls_failed") return error;
    const plain = `http://${joinAuthority(host, port)}`;
    const message = `${error.message} (a bare host means https, did you mean ${plain}?)`;
    return new DialError(error.code, message, { cause: error });
  }
}

/** True if another carrier would meet the same: it goes to the same host and port. */
function isAboutTheConnection({ code, cause }: DialError): boolean {
  if (code === "proxy_failed" || code === "tls_failed") return true;
  const isOurs = cause === undefined;
  return code === "unreachable" &&
    (isOurs || (cause instanceof TransportError && cause.code === "unreachable"));
}

function hostField({ host, port, secure }: Endpoint): string {
  if (port !== (secure ? 443 : 80)) return joinAuthority(host, port);
  return isIpv6(host) ? `[${host}]` : host;
}
