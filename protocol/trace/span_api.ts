/**
 * What we use of the tracing API of OpenTelemetry, which Deno has built in without types.
 *
 * @module
 */

/** Values of attributes; a `bigint` is exported as an integer. */
export type SpanAttributes = Readonly<Record<string, string | bigint | boolean>>;

/** Which side of a request a span is. */
export const SpanKind = { server: 1, client: 2 } as const;
/** One of {@linkcode SpanKind}. */
export type SpanKind = (typeof SpanKind)[keyof typeof SpanKind];

/** The status of what has failed. */
export const STATUS_ERROR = 2;

/** The key under which a context has its span; OpenTelemetry's own. */
export const SPAN_KEY: symbol = Symbol.for("OpenTelemetry Context Key SPAN");

/** Where a span is, for others. */
export interface SpanContext {
  /** As in `traceparent`. */
  readonly traceId: string;
  /** As in `traceparent`. */
  readonly spanId: string;
  /** 1 if the span is recorded. */
  readonly traceFlags: number;
  /** True if it is another process's. */
  readonly isRemote?: boolean;
}

/** A span of the platform's. */
export interface PlatformSpan {
  /** Where it is. */
  spanContext(): SpanContext;
  /** Adds to what is known of it. */
  setAttributes(attributes: SpanAttributes): unknown;
  /** Says whether it has failed. */
  setStatus(status: { readonly code: number }): unknown;
  /** Ends it. */
  end(): void;
}

/** In which a span is started. */
export interface SpanParent {
  /** What is kept under a key. */
  getValue(key: symbol): unknown;
}

/** How a span is started. */
export interface SpanStart {
  /** Which side of a request it is. */
  readonly kind: SpanKind;
  /** What is known of it. */
  readonly attributes: SpanAttributes;
  /** True for a new trace, whatever else goes on. */
  readonly root: boolean;
}

/** Starts spans of one name and version. */
export interface PlatformTracer {
  /** Starts a span. */
  startSpan(name: string, start: SpanStart, parent?: SpanParent): PlatformSpan;
}

/** Gives tracers. */
export interface TracerProvider {
  /** Gives the tracer of a part of the program. */
  getTracer(name: string, version: string): PlatformTracer;
}
