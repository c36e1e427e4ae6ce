/**
 * A connection of the platform as a {@linkcode Transport}: TCP, TLS, a Unix
 * socket, or what is left of an HTTP connection after an upgrade.
 *
 * @module
 */

import { ReadBuffer } from "./read_buffer.ts";
import {
  type ReadListener,
  type SendListener,
  type Transport,
  TransportError,
  type TransportKind,
} from "./transport.ts";

const NOTHING = new Uint8Array(0);

/** What the connection itself does not say. */
export interface TcpTransportOptions {
  /** How the bytes travel; `tls` for a `Deno.TlsConn` and `tcp` for others without. */
  readonly kind?: TransportKind;
  /** Whether nobody on the way can read along; true for a `Deno.TlsConn` without. */
  readonly secure?: boolean;
  /** The other end, when it is not the one that we are connected to. */
  readonly peer?: string;
  /** Bytes that were read before, with a head; the transport may change them. */
  readonly leading?: Uint8Array;
}

/** Carries a session over a `Deno.Conn`, which it owns from now on. */
export class TcpTransport implements Transport {
  readonly kind: TransportKind;
  readonly secure: boolean;
  readonly peer: string;

  readonly #conn: Deno.Conn;
  readonly #buffer = new ReadBuffer();
  #leading: Uint8Array | null;
  #closed = false;
  /** What is read into. */
  #reading: Uint8Array = NOTHING;
  #listener: ReadListener | null = null;
  /** The last write, how many are not done, and what the one under way has not written yet. */
  #writing: Promise<void> | null = null;
  #writes = 0;
  #left: Uint8Array = NOTHING;
  #resolveWrite: (() => void) | null = null;
  #rejectWrite: ((reason: TransportError) => void) | null = null;
  /** Who hears of the one under way, if it was sent. */
  #sender: SendListener | null = null;

  /** Takes over `conn`; nobody else may read, write or close it. */
  constructor(conn: Deno.Conn, options: TcpTransportOptions = {}) {
    const tls = "handshake" in conn;
    this.kind = options.kind ?? (tls ? "tls" : "tcp");
    this.secure = options.secure ?? tls;
    this.peer = options.peer ?? describeAddress(conn.remoteAddr);
    this.#conn = conn;
    this.#leading = options.leading?.length ? options.leading : null;
    sendAtOnce(conn);
  }

  read(): Promise<Uint8Array | null> {
    if (this.#closed) return Promise.reject(closedLocally());
    if (this.#leading !== null) {
      const leading = this.#leading;
      this.#leading = null;
      return Promise.resolve(leading);
    }
    this.#reading = this.#buffer.next();
    return this.#conn.read(this.#reading).then(this.#onRead, this.#onReadFailed);
  }

  // Fields, here and below: closures for every read and write would be a tenth of a small
  // request's garbage (`deno task bench versus --only small`).
  readonly #onRead = (size: number | null): Uint8Array | null => {
    if (this.#closed) throw closedLocally();
    return this.#filled(size);
  };

  readonly #onReadFailed = (cause: unknown): never => {
    throw this.#failure("reading", cause);
  };

  listen(listener: ReadListener): void {
    if (this.#closed || this.#leading !== null) {
      this.read().then(
        (bytes) => listener.onBytes(bytes),
        (error) => listener.onBroken(error),
      );
      return;
    }
    this.#listener = listener;
    this.#reading = this.#buffer.next();
    this.#conn.read(this.#reading).then(this.#onHeard, this.#onUnheard);
  }

  readonly #onHeard = (size: number | null): void => {
    const listener = this.#listener!;
    this.#listener = null;
    if (this.#closed) listener.onBroken(closedLocally());
    else listener.onBytes(this.#filled(size));
  };

  readonly #onUnheard = (cause: unknown): void => {
    const listener = this.#listener!;
    this.#listener = null;
    listener.onBroken(this.#failure("reading", cause));
  };

  #filled(size: number | null): Uint8Array | null {
    if (size === null) return null;
    const buffer = this.#reading;
    this.#buffer.filled(buffer, size);
    return buffer.subarray(0, size);
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#closed) return Promise.reject(closedLocally());
    const before = this.#lastWrite();
    this.#writes++;
    return this.#writing = before === null
      ? this.#startWrite(bytes)
      : before.then(() => this.#startWrite(bytes));
  }

  // Promises were a twentieth of a small request's processor time in the client.
  send(bytes: Uint8Array, listener: SendListener): void {
    if (this.#closed || this.#writes > 0) {
      this.write(bytes).then(() => listener.onSent(), (error) => listener.onUnsent(error));
      return;
    }
    this.#writes++;
    this.#writing = null;
    this.#sender = listener;
    this.#left = bytes;
    this.#onWritten(0);
  }

  /** What the next write has to wait for. One that was only sent gets its promise now. */
  #lastWrite(): Promise<void> | null {
    if (this.#writes === 0) return null;
    return this.#writing ??= new Promise<void>((resolve, reject) => {
      this.#resolveWrite = resolve;
      this.#rejectWrite = reject;
    });
  }

  #startWrite(bytes: Uint8Array): Promise<void> {
    // Deno up to 2.9.4 leaves a write pending for ever when its connection is
    // closed, so the rejection is ours to make.
    const written = new Promise<void>((resolve, reject) => {
      this.#resolveWrite = resolve;
      this.#rejectWrite = reject;
    });
    this.#left = bytes;
    this.#onWritten(0);
    return written;
  }

  readonly #onWritten = (count: number): void => {
    const left = count === 0 ? this.#left : this.#left.subarray(count);
    this.#left = left;
    if (left.length > 0) {
      this.#conn.write(left).then(this.#onWritten, this.#onWriteFailed);
      return;
    }
    const resolve = this.#resolveWrite;
    const sender = this.#sender;
    this.#resolveWrite = this.#rejectWrite = this.#sender = null;
    this.#left = NOTHING;
    this.#writes--;
    resolve?.();
    sender?.onSent();
  };

  // It stays the last write, so that none starts after it.
  readonly #onWriteFailed = (cause: unknown): void => {
    this.#left = NOTHING;
    this.#failWrite(this.#failure("writing", cause));
  };

  #failWrite(error: TransportError): void {
    const sender = this.#sender;
    this.#sender = null;
    // Nobody waits for one that was only sent, but others may come after it.
    if (this.#rejectWrite === null) this.#lastWrite()?.catch(() => {});
    this.#rejectWrite?.(error);
    sender?.onUnsent(error);
  }

  async closeWrite(): Promise<void> {
    await this.#lastWrite()?.catch(() => {});
    if (this.#closed) throw closedLocally();
    try {
      await this.#conn.closeWrite();
    } catch (cause) {
      throw this.#failure("ending", cause);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#buffer.drop();
    this.#leading = null;
    if (this.#writes > 0) this.#failWrite(closedLocally());
    try {
      this.#conn.close();
    } catch {
      // The platform has closed it already, as it does after some failures.
    }
  }

  /** The same as `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #failure(what: string, cause: unknown): TransportError {
    if (this.#closed) return closedLocally();
    return new TransportError("connection_lost", `The connection broke while ${what}`, { cause });
  }
}

/** An address for people: `192.0.2.7:51234`, `[2001:db8::7]:51234` or a path. */
export function describeAddress(address: Deno.Addr): string {
  if ("hostname" in address) {
    const { hostname, port } = address;
    return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  }
  return "path" in address ? address.path : address.transport;
}

/** Small frames must not wait for the acknowledgement of the ones before. */
function sendAtOnce(conn: Deno.Conn): void {
  if (!("setNoDelay" in conn)) return;
  try {
    (conn as Deno.TcpConn).setNoDelay(true);
  } catch {
    // The peer is gone already, which the first read tells better.
  }
}

function closedLocally(): TransportError {
  return new TransportError("closed_locally", "The transport was closed on this side");
}
