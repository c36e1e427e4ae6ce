/**
 * The front for visitors: accepts connections and hands each request to the tunnel,
 * or the page, that its host belongs to.
 *
 * @module
 */

import { type Clock, describeAddress, TcpTransport, type Transport } from "@tun/protocol";
import {
  forwardRequest,
  hasPassedVia,
  type RequestHead,
  resolveVisitor,
} from "@tun/protocol/http1";
import type { AddressBuckets } from "../admission/address_buckets.ts";
import type { CapReason, ConnectionCaps } from "../admission/connection_caps.ts";
import type { Destination, FindDestination } from "../routing/tunnel_lookup.ts";
import type { Route } from "../routing/route.ts";
import type { EdgeTracer } from "../trace/edge_tracer.ts";
import { Deadlines } from "./deadlines.ts";
import { answerWith, exchange, type ExchangeEnd } from "./exchange.ts";
import { answerFrom, type InProcessApp } from "./page_exchange.ts";
import { broughtRequestId, REQUEST_ID_FIELD, RequestIds } from "./request_id.ts";
import type { BadRequest, RequestRecord } from "./request_record.ts";
import { openTunnel, tunnelRequestKind } from "./tunnel_request.ts";
import { type IncomingRequest, VisitorConnection } from "./visitor_connection.ts";

/** What the ingress is made with. */
export interface HttpIngressOptions {
  /** Whose a request is. */
  readonly find: FindDestination;
  /** Our own page. */
  readonly page: InProcessApp;
  /** Our own origin. */
  readonly origin: string;
  /** Whether every request that names `tun` is ours, whatever its host. */
  readonly single: boolean;
  /** Whether a proxy at this address is believed. */
  readonly isTrusted: (ip: string) => boolean;
  /** Connections that visitors may have. */
  readonly caps: ConnectionCaps;
  /** Told of a connection that was turned away. */
  readonly onCapped: (reason: CapReason) => void;
  /** Requests that one visitor's address may make; `undefined` for no limit. */
  readonly visitorRate: AddressBuckets | undefined;
  /** How long a visitor may stall. */
  readonly idleTimeoutMs: number;
  /** Bytes of a request's body at most. */
  readonly maxBody: number;
  /** Follows requests to tunnels; `undefined` if nobody records traces. */
  readonly tracer: EdgeTracer | undefined;
  /** Time. */
  readonly clock: Clock;
  /** Takes a connection that turned out to be a client's. */
  readonly onTunnel: (transport: Transport, leading: Uint8Array) => void;
  /** Told of every request. */
  readonly onRequest: (record: RequestRecord) => void;
  /** Told of what was no request. */
  readonly onBadRequest: (record: BadRequest) => void;
  /** Told of a fault of our own, which has cost one connection. */
  readonly onFault: (error: unknown) => void;
}

/** Visitors' connections. */
export class HttpIngress implements Disposable {
  readonly #options: HttpIngressOptions;
  readonly #deadlines: Deadlines;
  readonly #connections = new Set<VisitorConnection>();
  readonly #ids = new RequestIds();
  readonly #now: () => number;
  #isStopping = false;

  /** Makes an ingress without listeners. */
  constructor(options: HttpIngressOptions) {
    this.#options = options;
    this.#deadlines = new Deadlines(options.clock);
    this.#now = () => options.clock.now();
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Connections that may yet want something of a client. */
  get waiting(): number {
    let count = 0;
    for (const { isUnderWay } of this.#connections) count += Number(!isUnderWay);
    return count;
  }

  /** Accepts connections until the listener is closed. */
  async listen(listener: Deno.Listener, scheme: "http" | "https"): Promise<void> {
    for await (const conn of accepted(listener, this.#options.clock)) {
      this.#serve(conn, scheme);
    }
  }

  /** Takes what is on its way and nothing more: each connection closes behind its next response. */
  stop(): void {
    this.#isStopping = true;
    for (const connection of this.#connections) connection.stop();
  }

  /** Closes everything. */
  [Symbol.dispose](): void {
    for (const connection of this.#connections) connection.transport.close();
    this.#deadlines[Symbol.dispose]();
  }

  async #serve(conn: Deno.Conn, scheme: "http" | "https"): Promise<void> {
    const transport = new TcpTransport(conn, { kind: "upgrade" });
    const ip = (conn.remoteAddr as Deno.NetAddr).hostname;
    const connection = new VisitorConnection(transport, {
      deadlines: this.#deadlines,
      idleTimeoutMs: this.#options.idleTimeoutMs,
      maxBody: this.#options.maxBody,
      isStopping: () => this.#isStopping,
      now: this.#now,
      handle: (request) => this.#handle(request, ip, scheme),
      onBadRequest: (code, status) => {
        const id = this.#ids.next();
        this.#options.onBadRequest({ id, visitor: ip, status, code });
        return id;
      },
    });
    const seat = this.#options.caps.take(ip, connection);
    if (typeof seat === "string") {
      // Before TLS and without a word: this must cost less than it costs whoever knocks.
      transport.close();
      return this.#options.onCapped(seat);
    }
    this.#connections.add(connection);
    try {
      await connection.serve();
    } catch (error) {
      this.#options.onFault(error);
    } finally {
      this.#connections.delete(connection);
      seat[Symbol.dispose]();
    }
  }

  async #handle(
    request: IncomingRequest,
    ip: string,
    scheme: "http" | "https",
  ): Promise<ExchangeEnd> {
    const { head, body, connection, writer } = request;
    const startedAt = this.#now();
    const broughtId = broughtRequestId(head.headers);
    const id = broughtId ?? this.#ids.next();
    writer.requestId = id;
    const sentBefore = connection.sentBytes;
    const visitor = resolveVisitor(head.headers, { ip, scheme }, this.#options.isTrusted);
    const kind = tunnelRequestKind(head);
    const destination = this.#options.find(head);
    const isOurs = kind !== undefined && this.#isTunnelRequest(head, destination);
    let end: ExchangeEnd;
    let tunnel = "";
    let roundTripMs = Infinity;
    const waitMs = isOurs ? 0 : this.#options.visitorRate?.take(visitor.ip) ?? 0;
    if (isOurs) {
      end = await openTunnel(request, kind, this.#options.onTunnel);
    } else if (waitMs > 0) {
      end = await answerWith(writer, "rate_limited", Math.ceil(waitMs / 1000));
    } else if (destination.kind === "tunnel") {
      const { route } = destination;
      tunnel = route.name;
      end = await this.#forward(request, route, ip, visitor, broughtId === undefined ? id : null);
      roundTripMs = route.roundTripMs;
    } else if (destination.kind === "control") {
      end = await answerFrom(this.#options.page, this.#options.origin, request);
    } else {
      end = await answerWith(writer, destination.code);
    }
    if (!isOurs) {
      const { openedAt, headAt } = connection;
      this.#options.onRequest({
        id,
        tunnel,
        head,
        visitor: visitor.ip,
        end,
        ms: this.#now() - startedAt,
        edgeMs: openedAt < 0 ? -1 : openedAt - startedAt,
        tunnelMs: headAt < 0 ? -1 : headAt - openedAt,
        roundTripMs,
        receivedBytes: body.received,
        sentBytes: connection.sentBytes - sentBefore,
      });
    }
    return end;
  }

  /** On a tunnel's host everything is the tenant's, `Upgrade: tun` too, and also while it is away. */
  #isTunnelRequest(head: RequestHead, destination: Destination): boolean {
    if (this.#options.single && head.upgradeProtocols.includes("tun")) return true;
    if (destination.kind === "nobody") {
      return destination.code === "unknown_host" || destination.code === "no_tunnel";
    }
    return destination.kind === "control";
  }

  async #forward(
    request: IncomingRequest,
    route: Route,
    ip: string,
    visitor: { readonly ip: string; readonly scheme: "http" | "https" },
    newId: string | null,
  ): Promise<ExchangeEnd> {
    const { head, body, writer, watch, connection } = request;
    if (hasPassedVia(head.headers, viaName(route))) {
      return await answerWith(writer, "loop");
    }
    let present = route;
    connection.isTunnelPaused = () => present.isPaused;
    connection.isPlaceWanted = () => present.places.isFull;
    const current = () => {
      const found = this.#options.find(head);
      if (found.kind !== "tunnel") return undefined;
      return present = found.route;
    };
    const fields = forwardRequest(head, {
      peer: ip,
      scheme: visitor.scheme,
      trusted: this.#options.isTrusted(ip),
      via: viaName(route),
    });
    if (head.authority === null) fields.append("Host", new URL(this.#options.origin).host);
    if (newId !== null) fields.set(REQUEST_ID_FIELD, newId);
    const span = this.#options.tracer?.start(head, {
      tunnel: route.name,
      ip: visitor.ip,
      scheme: visitor.scheme,
      requestId: writer.requestId,
    });
    span?.writeTo(fields);
    const end = exchange(
      {
        head,
        body,
        fields: fields.toBytes(),
        visitor: connection.transport.peer,
        ip: visitor.ip,
        scheme: visitor.scheme,
      },
      route,
      writer,
      watch,
      current,
    );
    return await (span === undefined ? end : span.follow(end));
  }
}

/** One tunnel may lead to another; only the same one twice is a loop. */
function viaName(route: Route): string {
  return `tun-${route.name}`;
}

/** How long to pause when the system has no room for another connection. */
const ACCEPT_RETRY_MS = 100;

/** The connections of a listener, until it is closed. */
export async function* accepted(
  listener: Deno.Listener,
  clock: Clock,
): AsyncGenerator<Deno.Conn, void, undefined> {
  for (;;) {
    try {
      yield await listener.accept();
    } catch (error) {
      if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) {
        return;
      }
      // A failed TLS handshake, or no descriptors left: neither ends the listener.
      if (
        !(error instanceof Deno.errors.InvalidData || error instanceof Deno.errors.ConnectionReset)
      ) {
        await new Promise<void>((resolve) => clock.schedule(ACCEPT_RETRY_MS, resolve));
      }
    }
  }
}

/** Where a connection comes from. */
export function peerOf(conn: Deno.Conn): string {
  return describeAddress(conn.remoteAddr);
}
