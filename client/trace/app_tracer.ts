/**
 * The span that a request has on its way to the app and back, a child of the edge's.
 * `protocol/trace/mod.ts` has the whole picture.
 *
 * @module
 */

import type { HttpOpen } from "@tun/protocol";
import { HeaderBlock, HttpViolation } from "@tun/protocol/http1";
import {
  isSampled,
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
import { type Target, targetLabel } from "../address/target.ts";
import type { RequestStream } from "../forward/request_stream.ts";
import { VERSION } from "../version.ts";
import { TracedStream } from "./traced_stream.ts";

/** Puts spans around the requests to one app. */
export class AppTracer {
  readonly #tracer: Tracer;
  readonly #place: SpanAttributes;
  readonly #base: string | undefined;

  /** Use {@linkcode AppTracer.open}. */
  constructor(tracer: Tracer, target: Target) {
    this.#tracer = tracer;
    this.#place = placeOf(target);
    this.#base = baseOf(target);
  }

  /** Gives a tracer, or nothing if this process records no spans. */
  static open(target: Target): AppTracer | undefined {
    const tracer = Tracer.open("@tun/client", VERSION);
    return tracer === undefined ? undefined : new AppTracer(tracer, target);
  }

  /** The stream with a span around it; the stream itself if there is to be none. */
  follow(stream: RequestStream): RequestStream {
    const { head } = stream;
    if (head.kind !== "http") return stream;
    const headers = headersOf(head);
    const parent = headers && traceContextOf(headers);
    // What the edge does not record, or a visitor where the edge does not trace, is not followed.
    if (headers === undefined || (parent !== undefined && !isSampled(parent))) return stream;
    const span = this.#start(head, parent);
    const edit = headers.edit();
    writeTraceContext(edit, span.context, span.isNewTrace);
    return new TracedStream(stream, { ...head, headers: edit.toBytes() }, span);
  }

  #start({ method, target }: HttpOpen, parent: ReturnType<typeof traceContextOf>): Span {
    const path = pathAttribute(target);
    const hasUrl = this.#base !== undefined && path.startsWith("/");
    return this.#tracer.start(methodName(method), SpanKind.client, parent, {
      ...methodAttributes(method),
      ...this.#place,
      ...(hasUrl ? { "url.full": this.#base + path } : { "url.path": path }),
    });
  }
}

/** What is no header block is refused further on, in words. */
function headersOf({ headers }: HttpOpen): HeaderBlock | undefined {
  try {
    return HeaderBlock.parse(headers);
  } catch (error) {
    if (error instanceof HttpViolation) return undefined;
    throw error;
  }
}

function placeOf(target: Target): SpanAttributes {
  return target.kind === "socket"
    ? { "network.transport": "unix", "server.address": target.path }
    : { "server.address": target.host, "server.port": BigInt(target.port) };
}

function baseOf(target: Target): string | undefined {
  if (target.kind === "socket") return undefined;
  const label = targetLabel(target);
  return target.protocol === "https" ? label : `http://${label}`;
}
