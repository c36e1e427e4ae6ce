/**
 * Trailers: fields that come after the body.
 *
 * @module
 */

import { FieldKind, type FieldKindSet, kindSet } from "./field_kind.ts";
import { HeaderBlock } from "./header_block.ts";
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from "./limits.ts";
import { HttpViolation } from "./violation.ts";

// Trailers come after routing and framing were decided, so they may not speak
// of them (RFC 9110, section 6.5.1).
const FORBIDDEN = kindSet(
  FieldKind.host,
  FieldKind.contentLength,
  FieldKind.transferEncoding,
  FieldKind.connection,
  FieldKind.proxyConnection,
  FieldKind.keepAlive,
  FieldKind.upgrade,
  FieldKind.te,
  FieldKind.trailer,
  FieldKind.expect,
  FieldKind.via,
  FieldKind.forwarded,
  FieldKind.forwardedFor,
  FieldKind.forwardedProto,
  FieldKind.forwardedHost,
  FieldKind.forwardedOther,
);

/** Refuses trailers in which one of these kinds is. */
export function checkTrailerKinds(kinds: FieldKindSet): void {
  if ((kinds & FORBIDDEN) !== 0) {
    throw new HttpViolation("bad_trailer", "A trailer speaks of framing or routing");
  }
}

/**
 * Checks trailers that came through the tunnel: lines, each with its CRLF.
 *
 * @throws {HttpViolation}
 */
export function parseTrailers(
  bytes: Uint8Array,
  limits: HttpLimits = DEFAULT_HTTP_LIMITS,
): HeaderBlock {
  if (bytes.length > limits.trailers) {
    throw new HttpViolation("trailers_too_large", "The trailers are too large");
  }
  const trailers = HeaderBlock.parse(bytes, limits);
  checkTrailerKinds(trailers.kinds);
  return trailers;
}
