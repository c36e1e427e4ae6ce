/**
 * What a peer did wrong in HTTP/1.1, as a stable code and the status that
 * answers it. The codec throws nothing else for bytes that came from outside;
 * a mistake of our own code is a `TypeError` or `RangeError`.
 *
 * @module
 */

/** The status with which each violation is answered when a visitor commits it. */
const STATUS = {
  /** The first line is not `method SP target SP version CRLF`. */
  bad_request_line: 400,
  /** The method is not a token, is longer than 64 bytes, or is `PRI`. */
  bad_method: 400,
  /** `CONNECT`: we are no forward proxy. */
  connect_refused: 405,
  /** The target has a byte that may not be there, or none of the forms. */
  bad_target: 400,
  /** The first line is longer than `limits.startLine`. */
  target_too_long: 414,
  /** Not `HTTP/` digit `.` digit. */
  bad_version: 400,
  /** An HTTP version other than 1.0 and 1.1. */
  version_not_supported: 505,
  /** The first line of a response is not one. */
  bad_status_line: 400,
  /** CR without LF, or LF without CR. */
  bad_line_end: 400,
  /** A line that continues the one before. */
  obs_fold: 400,
  /** The name of a field is empty, not a token, or is followed by a space. */
  bad_field_name: 400,
  /** A control character in the value of a field. */
  bad_field_value: 400,
  /** More field lines than `limits.fieldLines`. */
  too_many_fields: 431,
  /** The head is longer than `limits.head`. */
  head_too_large: 431,
  /** HTTP/1.1 without `Host`. */
  missing_host: 400,
  /** More than one `Host`. */
  duplicate_host: 400,
  /** `Host` is not `host[:port]`. */
  bad_host: 400,
  /** The authority in an absolute-form target is not the one in `Host`. */
  host_mismatch: 400,
  /** `Content-Length` is not a plain decimal number below 2^53. */
  bad_content_length: 400,
  /** More than one `Content-Length`, even when they agree. */
  duplicate_content_length: 400,
  /** `Transfer-Encoding` that is malformed, repeated, disguised, or on HTTP/1.0. */
  bad_transfer_encoding: 400,
  /** `Transfer-Encoding` that is well-formed, but not just `chunked`. */
  unknown_transfer_coding: 501,
  /** Both `Content-Length` and `Transfer-Encoding`. */
  length_and_transfer_encoding: 400,
  /** `Connection` is no list of tokens, or names a field that must not be removed. */
  bad_connection: 400,
  /** `Upgrade` is no list of protocols, or is on HTTP/1.0. */
  bad_upgrade: 400,
  /** A 1xx or 204 response that announces a body. */
  body_not_allowed: 400,
  /** The size of a chunk is not 1 to 16 hex digits below 2^53. */
  bad_chunk_size: 400,
  /** A chunk extension that is malformed. */
  bad_chunk_extension: 400,
  /** More bytes of chunk extensions than `limits.chunkExtensions`. */
  chunk_extensions_too_large: 413,
  /** The data of a chunk is not followed by CRLF. */
  bad_chunk_end: 400,
  /** A trailer that speaks of framing, routing or the connection. */
  bad_trailer: 400,
  /** The trailers are longer than `limits.trailers`. */
  trailers_too_large: 431,
  /** The connection ended inside a message. */
  early_end: 400,
} as const;

/** Names one way of breaking the rules; stable, for programs. */
export type HttpViolationCode = keyof typeof STATUS;

/** The peer broke HTTP/1.1, a limit of ours, or asked for what we do not do. */
export class HttpViolation extends Error {
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
