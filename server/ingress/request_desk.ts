/**
 * Where the requests of one connection are handed to whoever they are for: a tunnel, our
 * own page, or nobody. One at a time, so what is known of the present one is kept here.
 *
 * @module
 */

import type { Transport } from "@tun/protocol";
import {
  forwardRequest,
  hasPassedVia,
  OriginLines,
  type RequestHead,
  resolveVisitor,
  type Visitor,
} from "@tun/protocol/http1";
import type { AddressBuckets } from "../admission/address_buckets.ts";
import type { Route } from "../routing/route.ts";
import type { Destination, FindDestination } from "../routing/tunnel_lookup.ts";
import type { EdgeTracer } from "../trace/edge_tracer.ts";
import { exchange, ExchangeSides } from "./exchange_entry.ts";
import {
  answerWith,
  type ExchangeEnd,
  type ExchangeListener,
  tell,
  VisitorRequest,
} from "./exchange_sides.ts";
import { answerFrom, type InProcessApp } from "./page_exchange.ts";
import { broughtRequestId, REQUEST_ID_FIELD, type RequestIds } from "./request_id.ts";
import type { RequestRecord } from "./request_record.ts";
import { openTunnel, tunnelRequestKind } from "./tunnel_request.ts";
import type { IncomingRequest } from "./visitor_connection.ts";

/** What the requests of all connections have in common. */
export interface RequestRules {
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
  /** Requests that one visitor's address may make; `undefined` for no limit. */
  readonly visitorRate: AddressBuckets | undefined;
  /** Follows requests to tunnels; `undefined` if nobody records traces. */
  readonly tracer: EdgeTracer | undefined;
  /** Takes a connection that turned out to be a client's. */
  readonly onTunnel: (transport: Transport, leading: Uint8Array) => void;
  /** Told of every request. */
  readonly onRequest: (record: RequestRecord) => void;
}

/** What a desk knows of its connection and its server. */
export interface DeskOptions {
  /** The rules. */
  readonly rules: RequestRules;
  /** The connection's other end. */
  readonly peer: Pick<Visitor, "ip" | "scheme">;
  /** Makes ids. */
  readonly ids: RequestIds;
  /** The exact time. */
  readonly now: () => number;
}

/** The desk of one connection. */
export class RequestDesk {
  readonly #options: DeskOptions;
  #request!: IncomingRequest;
  #visitor!: Visitor;
  #id = "";
  #startedAt = 0;
  #sentBefore = 0;
  /** It asks for a tunnel, and is no visitor's. */
  #isOurs = false;
  /** The tunnel that it was first sent to. */
  #route: Route | undefined;
  /** What was written before the last request to a tunnel, and the name that we left there. */
  readonly #lines = new OriginLines();
  #via = "";
  #viaName = "";

  /** Opens a desk. */
  constructor(options: DeskOptions) {
    this.#options = options;
  }

  /** Hands a request on, of whose end `listener` hears. */
  handle(request: IncomingRequest, listener: ExchangeListener): void {
    const { rules, peer, ids, now } = this.#options;
    const { head, writer, connection } = request;
    this.#request = request;
    this.#startedAt = now();
    this.#sentBefore = connection.watch.sentBytes;
    this.#route = undefined;
    const brought = broughtRequestId(head.headers);
    this.#id = writer.requestId = brought ?? ids.next();
    this.#visitor = resolveVisitor(head.headers, peer, rules.isTrusted);
    const kind = tunnelRequestKind(head);
    const destination = rules.find(head);
    this.#isOurs = kind !== undefined && this.#isTunnelRequest(head, destination);
    if (this.#isOurs) return tell(listener, openTunnel(request, kind!, rules.onTunnel));
    const waitMs = rules.visitorRate?.take(this.#visitor.ip) ?? 0;
    if (waitMs > 0) {
      return tell(listener, answerWith(writer, "rate_limited", Math.ceil(waitMs / 1000)));
    }
    switch (destination.kind) {
      case "nobody":
        return tell(listener, answerWith(writer, destination.code));
      case "control":
        return tell(listener, answerFrom(rules.page, rules.origin, request));
      case "tunnel":
        return this.#forward(destination.route, brought === undefined, listener);
    }
  }

  /** Tells of a request that has ended. */
  onEnd({ head, body, connection }: IncomingRequest, end: ExchangeEnd): void {
    if (this.#isOurs) return;
    const startedAt = this.#startedAt;
    const { openedAt, headAt, sentBytes } = connection.watch;
    this.#options.rules.onRequest({
      id: this.#id,
      tunnel: this.#route?.name ?? "",
      head,
      visitor: this.#visitor.ip,
      end,
      ms: this.#options.now() - startedAt,
      edgeMs: openedAt < 0 ? -1 : openedAt - startedAt,
      tunnelMs: headAt < 0 ? -1 : headAt - openedAt,
      roundTripMs: this.#route?.roundTripMs ?? Infinity,
      receivedBytes: body.received,
      sentBytes: sentBytes - this.#sentBefore,
    });
  }

  /** On a tunnel's host everything is the tenant's, `Upgrade: tun` too, and also while it is away. */
  #isTunnelRequest(head: RequestHead, destination: Destination): boolean {
    if (this.#options.rules.single && head.upgradeProtocols.includes("tun")) return true;
    if (destination.kind === "nobody") {
      return destination.code === "unknown_host" || destination.code === "no_tunnel";
    }
    return destination.kind === "control";
  }

  #forward(route: Route, isIdNew: boolean, listener: ExchangeListener): void {
    const { head, body, writer, connection } = this.#request;
    const { rules, peer } = this.#options;
    const via = this.#viaOf(route);
    if (hasPassedVia(head.headers, via)) return tell(listener, answerWith(writer, "loop"));
    this.#route = connection.watch.route = route;
    const { ip, scheme } = this.#visitor;
    const trusted = rules.isTrusted(peer.ip);
    const fields = forwardRequest(head, {
      peer: peer.ip,
      scheme,
      trusted,
      via,
      lines: this.#lines,
    });
    if (head.authority === null) fields.append("Host", new URL(rules.origin).host);
    if (isIdNew) fields.set(REQUEST_ID_FIELD, this.#id);
    const span = rules.tracer?.start(head, { tunnel: route.name, ip, scheme, requestId: this.#id });
    span?.writeTo(fields);
    const visitor = connection.transport.peer;
    const request = new VisitorRequest(head, body, fields.toBytes(), visitor, this.#visitor);
    const sides = new ExchangeSides(request, writer, connection.watch, this.#current);
    exchange(sides, route, span?.follow(listener) ?? listener);
  }

  /** One tunnel may lead to another; only the same one twice is a loop. */
  #viaOf({ name }: Route): string {
    if (name !== this.#viaName) {
      this.#viaName = name;
      this.#via = `tun-${name}`;
    }
    return this.#via;
  }

  /** Where the tunnel is now: a newer client may have taken it over. */
  readonly #current = (): Route | undefined => {
    const { head, connection } = this.#request;
    const found = this.#options.rules.find(head);
    if (found.kind !== "tunnel") return undefined;
    return connection.watch.route = found.route;
  };
}
