/**
 * The header `traceparent` of W3C Trace Context, read strictly:
 *
 * ```text
 *  00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
 *  version  trace id                   parent span id   flags
 * ```
 *
 * @module
 */

/** Where in which trace somebody is. */
export interface TraceContext {
  /** 32 hexadecimal digits in lower case, not all zero. */
  readonly traceId: string;
  /** 16 of them. */
  readonly spanId: string;
  /** Eight bits, of which we know two. */
  readonly flags: number;
}

/** Who sent it may have recorded it. */
const SAMPLED = 0x01;

/** The trace id is random, at least its last seven bytes (level 2). */
const RANDOM = 0x02;

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** What is longer comes from no version that will ever be; version 00 has 55 characters. */
const MOST_LENGTH = 512;

/**
 * Reads a value, or gives `undefined` if it is not valid. Of versions after 00 it takes the part
 * that all of them share, as the specification asks.
 */
export function parseTraceparent(value: string): TraceContext | undefined {
  if (value.length > MOST_LENGTH) return undefined;
  const [, version, traceId, spanId, flags, rest] = TRACEPARENT.exec(value) ?? [];
  if (traceId === undefined || spanId === undefined || version === "ff") return undefined;
  if (version === "00" && rest !== undefined) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, flags: parseInt(flags!, 16) };
}

/** Writes a value of version 00, in which all flags but two are zero. */
export function formatTraceparent({ traceId, spanId, flags }: TraceContext): string {
  const known = flags & (SAMPLED | RANDOM);
  return `00-${traceId}-${spanId}-0${known}`;
}

/** Whether it is worth recording. */
export function isSampled({ flags }: TraceContext): boolean {
  return (flags & SAMPLED) !== 0;
}

/** The flags of a span in a trace that came from elsewhere. */
export function childFlags(isRecorded: boolean, parent: TraceContext | undefined): number {
  return (isRecorded ? SAMPLED : 0) | ((parent?.flags ?? 0) & RANDOM);
}
