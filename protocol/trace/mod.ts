/**
 * Traces: what one request was, from the visitor to the app, as spans of OpenTelemetry.
 *
 * ```text
 *  visitor ──traceparent: T-V──► edge: span E of trace T, child of V
 *                                  │ traceparent: T-E
 *                                  ▼
 *                                client: span C, child of E ──traceparent: T-C──► app
 * ```
 *
 * - **The switch** is Deno's own, `OTEL_DENO=true`, and so are the exporter and its variables:
 *   there is no package in between. Off, which is the default, no request allocates or waits for
 *   anything, and `traceparent` and `tracestate` pass byte for byte.
 * - **The edge** has a span of kind `SERVER` for each request to a tunnel, whatever comes of it. It
 *   goes on with the visitor's trace if `traceparent` is valid ({@linkcode parseTraceparent}), and
 *   starts a new one if not. Requests that belong to no tunnel have no span: scanners would have
 *   most of them.
 * - **The client** has a span of kind `CLIENT` for each request to the app, a child of the edge's
 *   or, if the edge does not trace, of the visitor's.
 * - **Who decides what is recorded**: at the edge Deno's sampler (`OTEL_TRACES_SAMPLER`), since what
 *   an operator gets to see is not a stranger's choice. By default that is everything;
 *   `parentbased_always_on` follows the visitor's flag. The client follows the edge: an
 *   unsampled request has no span there and its header stays as it came.
 * - **`tracestate`** stays with the trace that it belongs to, and goes when a new one is started.
 * - **A span ends** when the exchange does: with the last byte of a download or an event stream, the
 *   end of both directions of a WebSocket, or the visitor's leaving. A 5xx, or a response that broke
 *   off, is an error; a visitor that left is not.
 * - **Queries are never recorded**, because secrets are found there.
 *
 * @module
 */

export { methodAttributes, methodName, pathAttribute } from "./http_attributes.ts";
export {
  type PlatformSpan,
  type PlatformTracer,
  type SpanAttributes,
  type SpanContext,
  SpanKind,
  type SpanParent,
  type SpanStart,
  type TracerProvider,
} from "./span_api.ts";
export { Span, Tracer } from "./tracer.ts";
export {
  formatTraceparent,
  isSampled,
  parseTraceparent,
  type TraceContext,
} from "./trace_context.ts";
export { traceContextOf, writeTraceContext } from "./trace_fields.ts";
