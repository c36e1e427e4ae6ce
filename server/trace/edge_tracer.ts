/**
 * The span that a visitor's request has at the edge, from the head that came to the last byte of
 * the response that left. `protocol/trace/mod.ts` has the whole picture.
 *
 * @module
 */

import type { HeaderEdit, RequestHead } from "@tun/protocol/http1";
import {
  methodAttributes,
  methodName,
  pathAttribute,
  type Span,
  type SpanAttributes,
  SpanKind,
  traceContextOf,
  Tracer,
  writeTraceContext,
} from "@tun/protocol/trace";
import type { ExchangeEnd, ExchangeListener } from "../ingress/exchange_sides.ts";
import { VERSION } from "../version.ts";

/** What is known of a request beside its head. */
export interface EdgeFacts {
  /** The tunnel's name. */
  readonly tunnel: string;
  /** The visitor's address. */
  readonly ip: string;
  /** How the visitor came. */
  readonly scheme: "http" | "https";
  /** The request's id, as in the log. */
  readonly requestId: string;
}

/** A failure of ours, in place of a code. */
const FAULT = "internal";

/** Starts the spans of the edge. */
export class EdgeTracer {
  readonly #tracer: Tracer;

  /** Use {@linkcode EdgeTracer.open}. */
  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** Gives a tracer, or nothing if this process records no spans. */
  static open(): EdgeTracer | undefined {
    const tracer = Tracer.open("@tun/server", VERSION);
    return tracer === undefined ? undefined : new EdgeTracer(tracer);
  }

  /** Starts the span of a request that came for a tunnel. */
  start(head: RequestHead, { tunnel, ip, scheme, requestId }: EdgeFacts): EdgeSpan {
    const span = this.#tracer.start(
      methodName(head.method),
      SpanKind.server,
      traceContextOf(head.headers),
      {
        ...methodAttributes(head.method),
        "url.scheme": scheme,
        "url.path": pathAttribute(head.target),
        "server.address": head.authority?.host ?? "",
        "network.protocol.version": `1.${head.minor}`,
        "client.address": ip,
        "tun.tunnel": tunnel,
        "tun.request_id": requestId,
      },
    );
    return new EdgeSpan(span);
  }
}

/** The span of one request. */
export class EdgeSpan {
  readonly #span: Span;

  /** Use {@linkcode EdgeTracer.start}. */
  constructor(span: Span) {
    this.#span = span;
  }

  /** Tells whoever is behind the edge about it. */
  writeTo(fields: HeaderEdit): void {
    writeTraceContext(fields, this.#span.context, this.#span.isNewTrace);
  }

  /** Ends with the exchange, however that goes, before `listener` hears of it. */
  follow(listener: ExchangeListener): ExchangeListener {
    return {
      onEnd: (end) => {
        this.#span.end(outcomeOf(end), errorTypeOf(end));
        listener.onEnd(end);
      },
      onFault: (error) => {
        this.#span.end({}, FAULT);
        listener.onFault(error);
      },
    };
  }
}

/** `tun.outcome` is what sets a download that broke off apart from one that ended. */
function outcomeOf(end: ExchangeEnd): SpanAttributes {
  const outcome = { "tun.outcome": end.kind };
  if (end.kind === "gone") return outcome;
  return { ...outcome, "http.response.status_code": BigInt(end.status) };
}

/** A server's span fails by what the server does: neither by a 404 nor by a visitor that left. */
function errorTypeOf(end: ExchangeEnd): string | undefined {
  if (end.kind === "gone") return undefined;
  if (end.kind === "broken") return "broken_off";
  if (end.status < 500) return undefined;
  return end.kind === "answered" && end.code !== undefined ? end.code : String(end.status);
}
