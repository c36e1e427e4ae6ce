/**
 * What one parser found in a stream of HTTP/1.1 messages, in a form in which
 * two parsers can be compared. Bytes are text here, one character each.
 *
 * @module
 */

/** Whose messages a stream has. */
export type StreamKind = "request" | "response";

/** One message. */
export interface SeenMessage {
  /** Method and target, or status and reason. */
  readonly start: string;
  /** The second number of the version. */
  readonly minor: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** True if another protocol follows. */
  readonly upgrade: boolean;
  /** True if another message may follow; `null` where the parser does not say yet. */
  readonly keepAlive: boolean | null;
  /** The body, as far as it came. */
  body: string;
  /** Names and values in turn. */
  trailers: readonly string[];
  /** True once the whole message has come. */
  complete: boolean;
}

/** All that was found. */
export interface Seen {
  /** The messages, the last one perhaps incomplete. */
  readonly messages: SeenMessage[];
  /** Why the parser stopped, if it refused something. */
  readonly refusal: string | null;
}
