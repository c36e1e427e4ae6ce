/**
 * What the protocol asks of the thing that carries it: ordered bytes, both
 * ways, with back-pressure. Everything else (frames, retransmission, time) is
 * done above, so an implementation is short and a test can be one as well.
 *
 * The contract, checked by `tests/conformance/transport.ts` on every
 * implementation:
 *
 * - `read()` gives the next bytes, never an empty array, or `null` once the
 *   peer has ended its side in an orderly way. The bytes belong to the caller
 *   only until it calls `read()` again: who wants to keep them copies them. At
 *   most one `read()` is pending at a time.
 * - `write()` takes all the bytes and resolves when the transport wants more;
 *   until then they must not change. At most one `write()` is pending.
 * - `closeWrite()` ends our side; reading goes on.
 * - `close()` ends both sides at once. A pending `read()` or `write()` is then
 *   rejected. Closing twice is allowed.
 * - Every failure is a {@linkcode TransportError}.
 *
 * @module
 */

/** The ways in which a session's bytes can travel. */
export type TransportKind = "tcp" | "tls" | "upgrade" | "websocket" | "memory";

/** An ordered, reliable stream of bytes in both directions. */
export interface Transport extends Disposable {
  /** What carries the bytes. */
  readonly kind: TransportKind;
  /** True when an observer of the network can neither read nor change the bytes. */
  readonly secure: boolean;
  /** The other end, for people and logs: `192.0.2.7:51234`. */
  readonly peer: string;
  /** Gives the next bytes, valid until the next call, or `null` at the end. */
  read(): Promise<Uint8Array | null>;
  /** Takes all of `bytes`; they must not change until the promise resolves. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends our side in an orderly way; the peer may go on sending. */
  closeWrite(): Promise<void>;
  /** Ends both sides at once. */
  close(): void;
}

/** Why a transport failed. */
export type TransportErrorCode =
  /** The network, or the peer, ended the connection. */
  | "connection_lost"
  /** We closed it while an operation was pending. */
  | "closed_locally"
  /** The connection could not be made. */
  | "unreachable"
  /** The peer broke the rules of the carrier (WebSocket framing, HTTP). */
  | "carrier_violation";

/** The only error that a {@linkcode Transport} throws. */
export class TransportError extends Error {
  /** Tells the class apart. */
  override readonly name = "TransportError";
  /** Why it failed; stable, for programs. */
  readonly code: TransportErrorCode;

  /** Makes an error with a stable code, a message for people, and its cause. */
  constructor(code: TransportErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
