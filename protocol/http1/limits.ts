/**
 * How much of a message that is not body we are willing to hold.
 *
 * @module
 */

/** Limits on one HTTP/1.1 message. */
export interface HttpLimits {
  /** Bytes of the request or status line without its CRLF. */
  readonly startLine: number;
  /** Bytes of the whole head, with the empty line that ends it. */
  readonly head: number;
  /** Field lines in a head, and again in the trailers. */
  readonly fieldLines: number;
  /** Bytes of the trailers, with the empty line that ends them. */
  readonly trailers: number;
  /** Bytes of all chunk extensions of one body together. */
  readonly chunkExtensions: number;
}

/** The limits for what comes from a visitor or an application, unless told otherwise. */
export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  // RFC 9112 asks for at least 8,000; a SAML or OAuth redirect reaches 12 KiB,
  // and Node.js, the likeliest application behind us, refuses above 16 KiB.
  startLine: 16 * 1024,
  // OPEN and RESPONSE carry 128 KiB; the rest is for the fields that we add.
  head: 124 * 1024,
  // Apache takes 100, hyper 100 and Node.js 2,000; a browser sends about 20.
  fieldLines: 256,
  // A gRPC status with its details stays below 8 KiB.
  trailers: 16 * 1024,
  // Nobody sends any. Node.js chose the same number after CVE-2024-22019, where
  // extensions were a way of sending for ever without being counted.
  chunkExtensions: 16 * 1024,
};

/** The limits for a head that came through the tunnel, and so has what we added. */
export const TUNNEL_HTTP_LIMITS: HttpLimits = {
  ...DEFAULT_HTTP_LIMITS,
  head: 128 * 1024,
  // We add at most Host, Via, four that tell of the origin, TE and Upgrade.
  fieldLines: 256 + 8,
};
