/**
 * A TLS listener that sends small writes at once.
 *
 * Accepted connections of `Deno.listenTls` have Nagle's algorithm on, and nothing turns it off: of
 * two records in a row the second waits for the acknowledgement of the first, up to 40 ms. Nor can
 * such a connection be closed before its handshake is done. A TLS socket over a socket of
 * `node:net` has neither fault.
 *
 * @module
 */

import { createServer, type Server, type Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { TlsServerConn } from "./tls_conn.ts";

/**
 * Whether TLS sockets of `node:tls` stand on their own. In Deno 2.6 they are a shell around
 * `Deno.listenTls`, which the server then uses itself.
 */
export const HAS_TLS_SOCKETS: boolean =
  Number(/^2\.(\d+)\./.exec(Deno.version.deno)?.[1] ?? Infinity) >= 9;

/** What to listen on, and with which certificate. */
export interface TlsListenOptions {
  readonly hostname: string;
  readonly port: number;
  /** Connections that may wait to be accepted. */
  readonly backlog: number;
  /** Whether another listener may share the port. */
  readonly reusePort: boolean;
  /** Certificates, PEM. */
  readonly cert: string;
  /** The key of the first, PEM. */
  readonly key: string;
}

/** Accepts connections, whose handshakes then happen while they are read. */
export class TlsServerListener implements Deno.Listener {
  readonly addr: Deno.NetAddr;
  readonly #server: Server;
  readonly #context: SecureContext;
  /** Accepted by the system, and not yet by us. */
  #waiting: Socket[] = [];
  #acceptor: PromiseWithResolvers<Deno.Conn> | undefined;
  #isClosed = false;

  /** Made by {@linkcode TlsServerListener.open} alone. */
  private constructor(server: Server, context: SecureContext) {
    this.#server = server;
    this.#context = context;
    const { address, port } = server.address() as { address: string; port: number };
    this.addr = { transport: "tcp", hostname: address, port };
    server.on("connection", (socket) => {
      const acceptor = this.#acceptor;
      this.#acceptor = undefined;
      if (acceptor === undefined) this.#waiting.push(socket);
      else acceptor.resolve(this.#secure(socket));
    });
  }

  /**
   * Listens.
   *
   * @throws What `Deno.listen` throws if the system refuses.
   */
  static async open(options: TlsListenOptions): Promise<TlsServerListener> {
    const { hostname, port, backlog, reusePort, cert, key } = options;
    const context = createSecureContext({ cert, key });
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
    const listening = Promise.withResolvers<void>();
    server.on("error", listening.reject);
    server.listen({ host: hostname, port, backlog, reusePort }, listening.resolve);
    try {
      await listening.promise;
    } catch (cause) {
      throw asDenoError(cause);
    }
    return new TlsServerListener(server, context);
  }

  #secure(socket: Socket): TlsServerConn {
    const tls = new TLSSocket(socket, { isServer: true, secureContext: this.#context });
    return new TlsServerConn(tls, socket, this.addr);
  }

  accept(): Promise<Deno.Conn> {
    const socket = this.#waiting.shift();
    if (socket !== undefined) return Promise.resolve(this.#secure(socket));
    if (this.#isClosed) return Promise.reject(closedListener());
    this.#acceptor ??= Promise.withResolvers();
    return this.#acceptor.promise;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#server.close();
    for (const socket of this.#waiting) socket.destroy();
    this.#waiting = [];
    this.#acceptor?.reject(closedListener());
  }

  ref(): void {
    this.#server.ref();
  }

  unref(): void {
    this.#server.unref();
  }

  async *[Symbol.asyncIterator](): AsyncIterableIterator<Deno.Conn> {
    while (!this.#isClosed) yield await this.accept();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function closedListener(): Error {
  return new Deno.errors.BadResource("The listener is closed");
}

function asDenoError(cause: unknown): unknown {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const options = { cause };
  if (code === "EADDRINUSE") return new Deno.errors.AddrInUse("In use", options);
  if (code === "EACCES") return new Deno.errors.PermissionDenied("Not permitted", options);
  if (code === "EADDRNOTAVAIL") return new Deno.errors.AddrNotAvailable("Not here", options);
  return cause;
}
