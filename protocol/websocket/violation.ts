/**
 * What a peer can do wrong in WebSocket framing.
 *
 * @module
 */

/** How a peer broke the rules of RFC 6455, or of the part of it that we speak. */
export type WebSocketViolationCode =
  /** Framing that the RFC forbids. */
  | "protocol_error"
  /** A text message; this endpoint takes binary ones only. */
  | "text_message"
  /** A close reason that is not UTF-8. */
  | "invalid_utf8"
  /** A message above the limit. */
  | "message_too_big";

const CLOSE_CODES: Record<WebSocketViolationCode, number> = {
  protocol_error: 1002,
  text_message: 1003,
  invalid_utf8: 1007,
  message_too_big: 1009,
};

/** The peer sent what it may not send; the connection cannot go on. */
export class WebSocketViolation extends Error {
  /** The name of the class. */
  override readonly name = "WebSocketViolation";
  /** What was wrong; stable, for programs. */
  readonly code: WebSocketViolationCode;

  /** Makes a violation with a stable code and a message for people. */
  constructor(code: WebSocketViolationCode, message: string) {
    super(message);
    this.code = code;
  }

  /** The status that our Close frame has to carry (RFC 6455, 7.4.1). */
  get closeCode(): number {
    return CLOSE_CODES[this.code];
  }
}
