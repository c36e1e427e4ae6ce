import { assertEquals } from "@std/assert";
import { SPAN_KEY, type SpanContext, SpanKind, type TracerProvider } from "./span_api.ts";
import { Tracer } from "./tracer.ts";

const PARENT = { traceId: "a".repeat(32), spanId: "b".repeat(16), flags: 3 };
const OWN: SpanContext = { traceId: "a".repeat(32), spanId: "c".repeat(16), traceFlags: 1 };

/** Writes down what it is asked for. */
function recorder(): { provider: TracerProvider; calls: unknown[] } {
  const calls: unknown[] = [];
  const span = {
    spanContext: () => OWN,
    setAttributes: (attributes: unknown) => calls.push({ attributes }),
    setStatus: (status: unknown) => calls.push({ status }),
    end: () => void calls.push("end"),
  };
  const provider: TracerProvider = {
    getTracer: (name, version) => ({
      startSpan: (span_, { kind, root }, parent) => {
        const above = parent?.getValue(SPAN_KEY) as { spanContext(): SpanContext } | undefined;
        if (span_ !== "probe") calls.push([name, version, span_, kind, root, above?.spanContext()]);
        return span;
      },
    }),
  };
  return { provider, calls };
}

Deno.test("Tracer starts a span below a parent of another process", () => {
  const { provider, calls } = recorder();
  const tracer = Tracer.open("us", "1.2.3", provider)!;
  const span = tracer.start("GET", SpanKind.client, PARENT, {});
  const { traceId, spanId } = PARENT;
  const above = { traceId, spanId, traceFlags: 1, isRemote: true };
  assertEquals(calls, [["us", "1.2.3", "GET", SpanKind.client, false, above]]);
  assertEquals(span.context, { traceId, spanId: OWN.spanId, flags: 3 });
  assertEquals(span.isNewTrace, false);
});

Deno.test("Tracer starts a trace where there is no parent, whatever else goes on", () => {
  const { provider, calls } = recorder();
  const span = Tracer.open("us", "1.2.3", provider)!.start("GET", SpanKind.server, undefined, {});
  assertEquals(calls, [["us", "1.2.3", "GET", SpanKind.server, true, undefined]]);
  assertEquals([span.isNewTrace, span.context.flags], [true, 1]);
});

Deno.test("Span says what went wrong before it ends", () => {
  const { provider, calls } = recorder();
  const tracer = Tracer.open("us", "1.2.3", provider)!;
  tracer.start("GET", SpanKind.server, PARENT, {}).end({ a: "b" }, "app_broken");
  tracer.start("GET", SpanKind.server, PARENT, {}).end({});
  assertEquals(calls.filter((call) => !Array.isArray(call)), [
    { attributes: { a: "b" } },
    { attributes: { "error.type": "app_broken" } },
    { status: { code: 2 } },
    "end",
    { attributes: {} },
    "end",
  ]);
});

Deno.test("Tracer.open() gives nothing where spans cannot be started", () => {
  const provider: TracerProvider = {
    getTracer: () => ({
      startSpan: () => {
        throw new Error("otel not initialized");
      },
    }),
  };
  assertEquals(Tracer.open("us", "1.2.3", provider), undefined);
  assertEquals(Tracer.open("us", "1.2.3", undefined), undefined);
});
