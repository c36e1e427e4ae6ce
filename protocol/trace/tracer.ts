/**
 * Spans, started and ended by hand: a request is carried by many callbacks, so that there is no
 * "current" span to lean on.
 *
 * @module
 */

import { denoTracerProvider } from "./deno_telemetry.ts";
import {
  type PlatformSpan,
  type PlatformTracer,
  SPAN_KEY,
  type SpanAttributes,
  type SpanContext,
  SpanKind,
  type SpanParent,
  STATUS_ERROR,
  type TracerProvider,
} from "./span_api.ts";
import { childFlags, isSampled, type TraceContext } from "./trace_context.ts";

/** Starts spans. */
export class Tracer {
  readonly #tracer: PlatformTracer;

  private constructor(tracer: PlatformTracer) {
    this.#tracer = tracer;
  }

  /** Gives a tracer, or nothing if no spans are recorded: then there is nothing to be done. */
  static open(
    name: string,
    version: string,
    provider: TracerProvider | undefined = denoTracerProvider(),
  ): Tracer | undefined {
    const tracer = provider?.getTracer(name, version);
    if (tracer === undefined) return undefined;
    try {
      // Never ended, so nobody sees it.
      tracer.startSpan("probe", { kind: SpanKind.server, attributes: {}, root: true });
    } catch {
      // The variables were set when the process was running already.
      return undefined;
    }
    return new Tracer(tracer);
  }

  /** Starts a span below `parent`, or a new trace. */
  start(
    name: string,
    kind: SpanKind,
    parent: TraceContext | undefined,
    attributes: SpanAttributes,
  ): Span {
    const root = parent === undefined;
    const above = root ? undefined : new RemoteParent(parent);
    return new Span(this.#tracer.startSpan(name, { kind, attributes, root }, above), parent);
  }
}

/** One span. Whoever starts it ends it, once. */
export class Span {
  /** What the next one is to call its parent. */
  readonly context: TraceContext;
  /** True if there was nothing above it. */
  readonly isNewTrace: boolean;
  readonly #span: PlatformSpan;

  /** Use {@linkcode Tracer.start}. */
  constructor(span: PlatformSpan, parent: TraceContext | undefined) {
    const { traceId, spanId, traceFlags } = span.spanContext();
    this.#span = span;
    this.isNewTrace = parent === undefined;
    this.context = { traceId, spanId, flags: childFlags((traceFlags & 1) !== 0, parent) };
  }

  /** Ends it. With an `errorType` it has failed: a stable code, or a status. */
  end(attributes: SpanAttributes, errorType?: string): void {
    this.#span.setAttributes(attributes);
    if (errorType !== undefined) {
      this.#span.setAttributes({ "error.type": errorType });
      this.#span.setStatus({ code: STATUS_ERROR });
    }
    this.#span.end();
  }
}

/** A span of another process, in the shape that the platform reads: context and span in one. */
class RemoteParent implements SpanParent {
  readonly #context: SpanContext;

  constructor(parent: TraceContext) {
    const { traceId, spanId } = parent;
    const traceFlags = isSampled(parent) ? 1 : 0;
    this.#context = { traceId, spanId, traceFlags, isRemote: true };
  }

  getValue(key: symbol): unknown {
    return key === SPAN_KEY ? this : undefined;
  }

  spanContext(): SpanContext {
    return this.#context;
  }
}
