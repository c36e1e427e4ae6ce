/**
 * A trace context in the fields of a request.
 *
 * @module
 */

import type { HeaderBlock } from "../http1/header_block.ts";
import type { HeaderEdit } from "../http1/header_edit.ts";
import { formatTraceparent, parseTraceparent, type TraceContext } from "./trace_context.ts";

const TRACEPARENT = "traceparent";
const TRACESTATE = "tracestate";

/** What a request says of its trace; nothing if it says it twice, or wrongly. */
export function traceContextOf(headers: HeaderBlock): TraceContext | undefined {
  const line = headers.find(TRACEPARENT, 0);
  if (line === -1 || headers.find(TRACEPARENT, line + 1) !== -1) return undefined;
  return parseTraceparent(headers.valueAt(line));
}

/** Names the next one's parent. What others said of a trace that ends here goes. */
export function writeTraceContext(
  edit: HeaderEdit,
  context: TraceContext,
  isNewTrace: boolean,
): void {
  edit.set(TRACEPARENT, formatTraceparent(context));
  if (isNewTrace) edit.remove(TRACESTATE);
}
