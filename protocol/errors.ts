/**
 * Every way in which the protocol ends something, as stable codes.
 *
 * Three things can end, and each has its own vocabulary: a *stream* is reset
 * ({@linkcode ResetCode}), a *session* is closed ({@linkcode CloseCode}), and a
 * handshake is *refused* ({@linkcode RefusalCode}). The numbers and words are
 * wire format: PROTOCOL.md lists them, and they are never reused.
 *
 * @module
 */

/** Wire numbers of the reasons for which a session is closed. */
export const CLOSE_CODES = {
  /** Done; nobody is at fault. */
  normal: 0,
  /** A link record of unknown type or impossible length. */
  bad_record: 1,
  /** A frame that cannot be parsed, or has reserved bits set. */
  bad_frame: 2,
  /** A frame longer than its type allows. */
  frame_too_large: 3,
  /** A well-formed frame that its sender may not send, or not in this state. */
  unexpected_frame: 4,
  /** A frame for a stream that cannot exist. */
  bad_stream: 5,
  /** More bytes on a stream than were granted, or a grant beyond the maximum. */
  flow_violation: 6,
  /** An acknowledgement of bytes that were never sent. */
  bad_ack: 7,
  /** More of something cheap to send and dear to handle than any honest peer needs. */
  excess: 8,
  /** The peer is stopping and has drained. */
  going_away: 9,
  /** The session's credential ran out. */
  token_expired: 10,
  /** The session's credential was withdrawn. */
  token_revoked: 11,
  /**
   * The same client has come back with a new session: one that says the same nonce,
   * or claims the same names.
   */
  replaced: 12,
  /** The peer's own fault. */
  internal: 13,
} as const;

/** Why a session was closed by one of its ends. */
export type CloseCode = keyof typeof CLOSE_CODES;

/** Wire numbers of the reasons for which a stream is reset. */
export const RESET_CODES = {
  /** The one who wanted the answer has left. */
  cancelled: 0,
  /** Not looked at; safe to try elsewhere. */
  refused: 1,
  /** The local app cannot be reached. */
  app_unreachable: 2,
  /** The local app did not answer in time. */
  app_timeout: 3,
  /** The local app broke off in the middle. */
  app_broken: 4,
  /** A head that is not valid, or too large. */
  bad_head: 5,
  /** A body whose length is not what its head said. */
  bad_body: 6,
  /** Too many requests at once. */
  busy: 7,
  /** The tunnel this stream belongs to was withdrawn. */
  tunnel_gone: 8,
  /** The request has been through this tunnel before. */
  loop: 9,
  /** Our own fault. */
  internal: 10,
} as const;

/** Why a stream was reset. */
export type ResetCode = keyof typeof RESET_CODES;

/** Why a HELLO or a RESUME was refused. */
export type RefusalCode =
  | "bad_hello"
  | "version_mismatch"
  | "requirement_unknown"
  | "token_refused"
  | "token_expired"
  | "token_revoked"
  | "auth_unavailable"
  | "draining"
  | "overloaded"
  | "resume_unknown"
  | "resume_stale"
  | "resume_forged"
  | "resume_insecure"
  | "resume_impossible";

/** Whether trying the same handshake again is pointless, by code. */
const FINAL_REFUSALS: Readonly<Record<RefusalCode, boolean>> = {
  bad_hello: true,
  version_mismatch: true,
  requirement_unknown: true,
  token_refused: true,
  token_expired: true,
  token_revoked: true,
  auth_unavailable: false,
  draining: false,
  overloaded: false,
  resume_unknown: true,
  resume_stale: true,
  resume_forged: true,
  resume_insecure: true,
  resume_impossible: true,
};

/** All codes of a refused handshake. */
export const REFUSAL_CODES: readonly RefusalCode[] = Object.keys(FINAL_REFUSALS) as RefusalCode[];

/** True for a code of {@linkcode RefusalCode}. */
export function isRefusalCode(code: string): code is RefusalCode {
  return Object.hasOwn(FINAL_REFUSALS, code);
}

/** True if the same handshake would be refused again. */
export function isFinalRefusal(code: RefusalCode): boolean {
  return FINAL_REFUSALS[code];
}

function reverse<Code extends string>(table: Record<Code, number>): readonly Code[] {
  const byNumber: Code[] = [];
  for (const code in table) byNumber[table[code]] = code;
  return byNumber;
}

const CLOSE_BY_NUMBER = reverse(CLOSE_CODES);
const RESET_BY_NUMBER = reverse(RESET_CODES);

/** The close code of a wire number; a number from the future reads as `internal`. */
export function closeCodeOf(wire: number): CloseCode {
  return CLOSE_BY_NUMBER[wire] ?? "internal";
}

/** The reset code of a wire number; a number from the future reads as `internal`. */
export function resetCodeOf(wire: number): ResetCode {
  return RESET_BY_NUMBER[wire] ?? "internal";
}

/** The peer broke the protocol; the session cannot go on. */
export class ProtocolError extends Error {
  /** Tells the class apart. */
  override readonly name = "ProtocolError";
  /** The code with which the session is closed. */
  readonly code: CloseCode;

  /** Makes an error for what the peer did, with the code to close with. */
  constructor(code: CloseCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A stream ended before its time. */
export class StreamReset extends Error {
  /** Tells the class apart. */
  override readonly name = "StreamReset";
  /** Why. */
  readonly code: ResetCode;
  /** Who reset it. */
  readonly origin: "local" | "remote";

  /** Makes the error that pending reads and writes of the stream fail with. */
  constructor(code: ResetCode, origin: "local" | "remote") {
    super(`Stream was reset by ${origin === "local" ? "us" : "the peer"}: ${code}`);
    this.code = code;
    this.origin = origin;
  }
}

/** Why a session is over, seen from here: a {@linkcode CloseCode}, or the link went. */
export type SessionEnd =
  | CloseCode
  /** The link was lost and not resumed in time. */
  | "link_lost";

/** A session is over. */
export class SessionClosed extends Error {
  /** Tells the class apart. */
  override readonly name = "SessionClosed";
  /** Why. */
  readonly code: SessionEnd;
  /** Who ended it. */
  readonly origin: "local" | "remote";

  /** Makes the error that everything still pending on the session fails with. */
  constructor(
    code: SessionEnd,
    origin: "local" | "remote",
    message?: string,
    options?: ErrorOptions,
  ) {
    super(
      message || `Session was closed by ${origin === "local" ? "us" : "the peer"}: ${code}`,
      options,
    );
    this.code = code;
    this.origin = origin;
  }
}

/** What a refusal says beside its code. */
export interface RefusalOptions extends ErrorOptions {
  /** Overrides what the code says about trying again. */
  final?: boolean;
  /** How long to wait before trying again. */
  retryAfterMs?: number;
  /** The code in more detail; stable, of the refuser's own vocabulary. */
  reason?: string | undefined;
}

/** The server refused a HELLO or a RESUME. */
export class HandshakeRefused extends Error {
  /** Tells the class apart. */
  override readonly name = "HandshakeRefused";
  /** Why; a code this version does not know is kept as it came. */
  readonly code: RefusalCode | (string & Record<never, never>);
  /** True if trying the same again is pointless. */
  readonly final: boolean;
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs: number;
  /** The code in more detail, if the server tells: which check a token has failed. */
  readonly reason: string | undefined;

  /** Makes a refusal; `final` follows from the code unless it is given. */
  constructor(code: string, message: string, options: RefusalOptions = {}) {
    super(message, options);
    this.code = code;
    this.final = options.final ?? (isRefusalCode(code) ? isFinalRefusal(code) : true);
    this.retryAfterMs = options.retryAfterMs ?? 0;
    this.reason = options.reason;
  }
}

/** The peer does not speak this protocol, or fell silent in the handshake. */
export class HandshakeFailed extends Error {
  /** Tells the class apart. */
  override readonly name = "HandshakeFailed";
  /** What went wrong; stable, for programs. */
  readonly code: "not_tun" | "timeout" | "cut" | "bad_proof";

  /** Makes an error for a handshake that came to nothing. */
  constructor(code: "not_tun" | "timeout" | "cut" | "bad_proof", message: string) {
    super(message);
    this.code = code;
  }
}
