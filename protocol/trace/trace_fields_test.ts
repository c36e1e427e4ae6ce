import { assertEquals } from "@std/assert";
import { HeaderBlock } from "../http1/header_block.ts";
import { traceContextOf, writeTraceContext } from "./trace_fields.ts";

const OWN = { traceId: "a".repeat(32), spanId: "b".repeat(16), flags: 1 };
const VALUE = `00-${OWN.traceId}-${OWN.spanId}-01`;

function written(fields: readonly [string, string][], isNewTrace: boolean): string {
  const edit = HeaderBlock.of(...fields).edit();
  writeTraceContext(edit, OWN, isNewTrace);
  return new TextDecoder().decode(edit.toBytes());
}

Deno.test("traceContextOf() finds the field whatever its case, and only if it is there once", () => {
  assertEquals(traceContextOf(HeaderBlock.of(["TraceParent", VALUE])), OWN);
  assertEquals(traceContextOf(HeaderBlock.of(["traceparents", VALUE])), undefined);
  assertEquals(traceContextOf(HeaderBlock.empty), undefined);
  const twice = HeaderBlock.of(["traceparent", VALUE], ["traceparent", VALUE]);
  assertEquals(traceContextOf(twice), undefined);
});

Deno.test("writeTraceContext() replaces every field there was, where the first one was", () => {
  const fields: [string, string][] = [["A", "1"], ["Traceparent", "x"], ["B", "2"], [
    "traceparent",
    "y",
  ]];
  assertEquals(written(fields, false), `A: 1\r\ntraceparent: ${VALUE}\r\nB: 2\r\n`);
});

Deno.test("writeTraceContext() keeps the state of a trace that goes on, and only that", () => {
  const fields: [string, string][] = [["tracestate", "a=1"], ["TraceState", "b=2"]];
  const own = `traceparent: ${VALUE}\r\n`;
  assertEquals(written(fields, false), `tracestate: a=1\r\nTraceState: b=2\r\n${own}`);
  assertEquals(written(fields, true), own);
});
