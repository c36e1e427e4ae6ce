/**
 * A connection of the platform as a {@linkcode Transport}: TCP, TLS, a Unix
 * socket, or what is left of an HTTP connection after an upgrade.
 *
 * @module
 */

import { ReadBuffer } from "./read_buffer.ts";
import { type Transport, TransportError, type TransportKind } from "./transport.ts";

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
  #writing: Promise<void> | null = null;
  #rejectWrite: ((reason: TransportError) => void) | null = null;

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
    return this.#read();
  }

  async #read(): Promise<Uint8Array | null> {
    const buffer = this.#buffer.next();
    let size: number | null;
    try {
      size = await this.#conn.read(buffer);
    } catch (cause) {
      throw this.#failure("reading", cause);
    }
    if (this.#closed) throw closedLocally();
    if (size === null) return null;
    this.#buffer.filled(buffer, size);
    return buffer.subarray(0, size);
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#closed) return Promise.reject(closedLocally());
    // Deno up to 2.9.4 leaves a write pending for ever when its connection is
    // closed, so the rejection is ours to make.
    return this.#writing = new Promise((resolve, reject) => {
      this.#rejectWrite = reject;
      this.#writeAll(bytes).then(resolve, reject);
    });
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    try {
      let done = 0;
      while (done < bytes.length) {
        done += await this.#conn.write(done === 0 ? bytes : bytes.subarray(done));
      }
    } catch (cause) {
      throw this.#failure("writing", cause);
    }
  }

  async closeWrite(): Promise<void> {
    await this.#writing?.catch(() => {});
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
    this.#rejectWrite?.(closedLocally());
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
