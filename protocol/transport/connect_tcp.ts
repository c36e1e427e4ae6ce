/**
 * Making a TCP connection.
 *
 * @module
 */

import { TcpTransport } from "./tcp.ts";
import { type Transport, TransportError } from "./transport.ts";

/** How to make a TCP connection. */
export interface ConnectTcpOptions {
  /** Gives up at once; the error thrown is its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Connects to a host, with small packets sent at once.
 *
 * @throws {TransportError} `unreachable`.
 * @throws The signal's reason, once it is aborted.
 */
export async function dialTcp(
  hostname: string,
  port: number,
  options: ConnectTcpOptions = {},
): Promise<Deno.TcpConn> {
  const { signal } = options;
  signal?.throwIfAborted();
  let conn: Deno.TcpConn;
  try {
    conn = await Deno.connect({ hostname, port, ...(signal && { signal }) });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new TransportError("unreachable", `Cannot connect to ${hostname}:${port}`, { cause });
  }
  if (signal?.aborted) {
    conn.close();
    throw signal.reason;
  }
  try {
    conn.setNoDelay(true);
  } catch (cause) {
    // The peer can have reset the connection already; some systems say so only here.
    conn.close();
    throw new TransportError("unreachable", `Cannot connect to ${hostname}:${port}`, { cause });
  }
  return conn;
}

/**
 * Connects to a host and makes the connection a {@linkcode Transport}.
 *
 * @throws {TransportError} `unreachable`.
 * @throws The signal's reason, once it is aborted.
 */
export async function connectTcp(
  hostname: string,
  port: number,
  options: ConnectTcpOptions = {},
): Promise<Transport> {
  return new TcpTransport(await dialTcp(hostname, port, options));
}
