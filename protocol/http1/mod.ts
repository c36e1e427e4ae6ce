/**
 * HTTP/1.1 as bytes: a strict, incremental codec without input or output of
 * its own, for the server that faces visitors and for the client that faces
 * the application.
 *
 * It refuses everything that two parsers could read differently, with an
 * {@linkcode HttpViolation}, and keeps everything else as the bytes it was:
 * the target, the order and case of header names, duplicates, the reason
 * phrase. llhttp, the parser of Node.js, is its referee
 * (`tests/fuzz/http1_differential.ts`): what is accepted here, llhttp accepts,
 * and finds the same method, target, fields, body and boundaries in it. The one
 * exception is a method that llhttp does not know.
 *
 * ```ts
 * import { createBodyDecoder, RequestHeadParser } from "@tun/protocol/http1";
 *
 * const parser = new RequestHeadParser();
 * const piece = new TextEncoder().encode(
 *   "POST /a HTTP/1.1\r\nHost: app.example\r\nContent-Length: 2\r\n\r\nhi",
 * );
 * const head = parser.push(piece);
 * if (head !== null) {
 *   const body = createBodyDecoder(head.framing);
 *   const next = body.push(piece, parser.consumed, (data) => data.length); // a view of "hi"
 *   piece.subarray(next); // the next request, if one came along
 * }
 * ```
 *
 * @module
 */

export { HttpViolation, type HttpViolationCode } from "./violation.ts";
export { DEFAULT_HTTP_LIMITS, type HttpLimits, TUNNEL_HTTP_LIMITS } from "./limits.ts";
export { RequestHead, RequestHeadParser } from "./request_head.ts";
export { ResponseHead, ResponseHeadParser } from "./response_head.ts";
export type { RequestTarget } from "./target.ts";
export { BODY_UNTIL_CLOSE, CHUNKED_BODY, type Framing, NO_BODY } from "./framing.ts";
export { FieldKind, type FieldKindSet, kindSet } from "./field_kind.ts";
export { HeaderBlock } from "./header_block.ts";
export { HeaderEdit } from "./header_edit.ts";
export { type BodyDecoder, type BodySink, createBodyDecoder } from "./body_decoder.ts";
export { parseTrailers } from "./trailers.ts";
export {
  encodeRequestHead,
  encodeResponseHead,
  type HeadFields,
  type RequestHeadParts,
  type ResponseHeadParts,
} from "./encode_head.ts";
export {
  CHUNK_END,
  CHUNK_ROOM,
  encodeChunk,
  encodeChunkHeader,
  encodeLastChunk,
  frameChunk,
  LAST_CHUNK,
} from "./encode_chunk.ts";
export { type Authority, formatAuthority, parseAuthority, sameAuthority } from "./host.ts";
export { Cidr } from "./cidr.ts";
export { formatIp, parseIp } from "./ip_address.ts";
export { forwardRequest, type ForwardRequestOptions, forwardResponse } from "./forwarded.ts";
export { type Origin, OriginLines } from "./origin_lines.ts";
export { resolveVisitor, Visitor } from "./visitor.ts";
export { passableProtocols } from "./upgrade.ts";
export { hasPassedVia, VIA_NAME } from "./via.ts";
