/**
 * What a peer did wrong in HTTP/1.1, as a stable code and the status that
 * answers it. The codec throws nothing else for bytes that came from outside;
 * a mistake of our own code is a `TypeError` or `RangeError`.
 *
 * @module
 */

/** Names one way of breaking the rules; stable, for programs. */
export type HttpViolationCode =
  /** The first line is not `method SP target SP version CRLF`. */
  | "bad_request_line"
  /** The method is not a token, is longer than 64 bytes, or is `PRI`. */
  | "bad_method"
  /** `CONNECT`: we are no forward proxy. */
  | "connect_refused"
  /** The target has a byte that may not be there, or none of the forms. */
  | "bad_target"
  /** The first line is longer than `limits.startLine`. */
  | "target_too_long"
  /** Not `HTTP/` digit `.` digit. */
  | "bad_version"
  /** An HTTP version other than 1.0 and 1.1. */
  | "version_not_supported"
  /** The first line of a response is not one. */
  | "bad_status_line"
  /** CR without LF, or LF without CR. */
  | "bad_line_end"
  /** A line that continues the one before. */
  | "obs_fold"
  /** The name of a field is empty, not a token, or is followed by a space. */
  | "bad_field_name"
  /** A control character in the value of a field. */
  | "bad_field_value"
  /** More field lines than `limits.fieldLines`. */
  | "too_many_fields"
  /** The head is longer than `limits.head`. */
  | "head_too_large"
  /** HTTP/1.1 without `Host`. */
  | "missing_host"
  /** More than one `Host`. */
  | "duplicate_host"
  /** `Host` is not `host[:port]`. */
  | "bad_host"
  /** The authority in an absolute-form target is not the one in `Host`. */
  | "host_mismatch"
  /** `Content-Length` is not a plain decimal number below 2^53. */
  | "bad_content_length"
  /** More than one `Content-Length`, even when they agree. */
  | "duplicate_content_length"
  /** `Transfer-Encoding` that is malformed, repeated, disguised, or on HTTP/1.0. */
  | "bad_transfer_encoding"
  /** `Transfer-Encoding` that is well-formed, but not just `chunked`. */
  | "unknown_transfer_coding"
  /** Both `Content-Length` and `Transfer-Encoding`. */
  | "length_and_transfer_encoding"
  /** `Connection` is no list of tokens, or names a field that must not be removed. */
  | "bad_connection"
  /** `Upgrade` is no list of protocols, or is on HTTP/1.0. */
  | "bad_upgrade"
  /** A 1xx or 204 response that announces a body. */
  | "body_not_allowed"
  /** The size of a chunk is not 1 to 16 hex digits below 2^53. */
  | "bad_chunk_size"
  /** A chunk extension that is malformed. */
  | "bad_chunk_extension"
  /** More bytes of chunk extensions than `limits.chunkExtensions`. */
  | "chunk_extensions_too_large"
  /** The data of a chunk is not followed by CRLF. */
  | "bad_chunk_end"
  /** A trailer that speaks of framing, routing or the connection. */
  | "bad_trailer"
  /** The trailers are longer than `limits.trailers`. */
  | "trailers_too_large"
  /** The connection ended inside a message. */
  | "early_end";

/** The status with which each violation is answered when a visitor commits it. */
const STATUS: Readonly<Record<HttpViolationCode, number>> = {
  bad_request_line: 400,
  bad_method: 400,
  connect_refused: 405,
  bad_target: 400,
  target_too_long: 414,
  bad_version: 400,
  version_not_supported: 505,
  bad_status_line: 400,
  bad_line_end: 400,
  obs_fold: 400,
  bad_field_name: 400,
  bad_field_value: 400,
  too_many_fields: 431,
  head_too_large: 431,
  missing_host: 400,
  duplicate_host: 400,
  bad_host: 400,
  host_mismatch: 400,
  bad_content_length: 400,
  duplicate_content_length: 400,
  bad_transfer_encoding: 400,
  unknown_transfer_coding: 501,
  length_and_transfer_encoding: 400,
  bad_connection: 400,
  bad_upgrade: 400,
  body_not_allowed: 400,
  bad_chunk_size: 400,
  bad_chunk_extension: 400,
  chunk_extensions_too_large: 413,
  bad_chunk_end: 400,
  bad_trailer: 400,
  trailers_too_large: 431,
  early_end: 400,
};

/** The peer broke HTTP/1.1, a limit of ours, or asked for what we do not do. */
export class HttpViolation extends Error {
  /** The name of the class. */
  override readonly name = "HttpViolation";
  /** Which rule; stable, for programs. */
  readonly code: HttpViolationCode;
  /**
   * The status that answers a visitor. When it was the local application or
   * the far end of the tunnel, the answer is 502 whatever this says.
   */
  readonly status: number;

  /** Makes a violation; the message is for people. */
  constructor(code: HttpViolationCode, message: string) {
    super(message);
    this.code = code;
    this.status = STATUS[code];
  }
}
