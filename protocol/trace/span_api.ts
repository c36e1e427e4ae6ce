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
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly isRemote?: boolean;
}

/** A span of the platform's. */
export interface PlatformSpan {
  spanContext(): SpanContext;
  setAttributes(attributes: SpanAttributes): unknown;
  setStatus(status: { readonly code: number; readonly message?: string }): unknown;
  end(): void;
}

/** In which a span is started. */
export interface SpanParent {
  getValue(key: symbol): unknown;
}

/** Starts spans of one name and version. */
export interface PlatformTracer {
  startSpan(
    name: string,
    options: {
      readonly kind: SpanKind;
      readonly attributes: SpanAttributes;
      readonly root: boolean;
    },
    parent?: SpanParent,
  ): PlatformSpan;
}

/** Gives tracers. */
export interface TracerProvider {
  getTracer(name: string, version: string): PlatformTracer;
}
