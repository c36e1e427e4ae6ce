/**
 * Making a TLS connection.
 *
 * @module
 */

import { type ConnectTcpOptions, dialTcp } from "./connect_tcp.ts";
import { TcpTransport } from "./tcp.ts";
import { type Transport, TransportError } from "./transport.ts";

/** How to make a TLS connection. */
export interface ConnectTlsOptions extends ConnectTcpOptions {
  /** Certificates (PEM) to trust besides those of the system. */
  readonly caCerts?: readonly string[];
  /** Protocols to offer, the best first. */
  readonly alpnProtocols?: readonly string[];
}

/**
 * Connects to a host over TLS; the handshake is done when this returns.
 *
 * @throws {TransportError} `unreachable`, also when the certificate is not trusted.
 * @throws The signal's reason, once it is aborted.
 */
export async function dialTls(
  hostname: string,
  port: number,
  options: ConnectTlsOptions = {},
): Promise<Deno.TlsConn> {
  return await startTls(await dialTcp(hostname, port, options), hostname, options);
}

/**
 * Starts TLS as a client over a connection that exists, for example one that a
 * proxy has made. The connection is used up, also by a failure.
 *
 * @throws {TransportError} `unreachable`, also when the certificate is not trusted.
 * @throws The signal's reason, once it is aborted.
 */
export async function startTls(
  conn: Deno.TcpConn,
  hostname: string,
  options: ConnectTlsOptions = {},
): Promise<Deno.TlsConn> {
  const { signal, caCerts, alpnProtocols } = options;
  let open: Deno.Conn = conn;
  const onAbort = () => closeQuietly(open);
  try {
    signal?.throwIfAborted();
    const tls = await Deno.startTls(conn, {
      hostname,
      ...(caCerts && { caCerts: [...caCerts] }),
      ...(alpnProtocols && { alpnProtocols: [...alpnProtocols] }),
    });
    open = tls;
    signal?.throwIfAborted();
    signal?.addEventListener("abort", onAbort, { once: true });
    await tls.handshake();
    signal?.throwIfAborted();
    return tls;
  } catch (cause) {
    closeQuietly(open);
    signal?.throwIfAborted();
    throw new TransportError("unreachable", `No TLS with ${hostname}`, { cause });
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

/**
 * Connects to a host over TLS and makes the connection a {@linkcode Transport}.
 *
 * @throws {TransportError} `unreachable`, also when the certificate is not trusted.
 * @throws The signal's reason, once it is aborted.
 */
export async function connectTls(
  hostname: string,
  port: number,
  options: ConnectTlsOptions = {},
): Promise<Transport> {
  return new TcpTransport(await dialTls(hostname, port, options));
}

/** Closes what an abort, or a failure of the platform, may have closed already. */
function closeQuietly(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // Closed already.
  }
}
