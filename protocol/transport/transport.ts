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
 * `listen()` and `send()` are for who has a transport for each of thousands of
 * connections: the same as `read()` and `write()` without a promise for each.
 * {@linkcode listenTo} and {@linkcode sendTo} serve those that have none.
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
  /** As {@linkcode read}, but tells `listener`, once. */
  listen?(listener: ReadListener): void;
  /** As {@linkcode write}, but tells `listener`, once. */
  send?(bytes: Uint8Array, listener: SendListener): void;
}

/** Who hears what a read has come to. Must not throw. */
export interface ReadListener {
  /** The next bytes, valid until more are asked for, or `null` at the end. */
  onBytes(bytes: Uint8Array | null): void;
  /** There will be none. */
  onBroken(error: unknown): void;
}

/** Who hears what a write has come to. Must not throw. */
export interface SendListener {
  /** The transport wants more. */
  onSent(): void;
  /** It cannot take them. */
  onUnsent(error: unknown): void;
}

/** Tells `listener` of the next bytes, whatever the transport can do. */
export function listenTo(transport: Transport, listener: ReadListener): void {
  if (transport.listen !== undefined) return transport.listen(listener);
  transport.read().then(
    (bytes) => listener.onBytes(bytes),
    (error) => listener.onBroken(error),
  );
}

/** Sends bytes and tells `listener`, whatever the transport can do. */
export function sendTo(transport: Transport, bytes: Uint8Array, listener: SendListener): void {
  if (transport.send !== undefined) return transport.send(bytes, listener);
  transport.write(bytes).then(() => listener.onSent(), (error) => listener.onUnsent(error));
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
