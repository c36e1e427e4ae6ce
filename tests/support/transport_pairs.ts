/**
 * Connected pairs of every transport there is, on loopback and port 0.
 *
 * @module
 */

import { connectTcp, dialTcp } from "../../protocol/transport/connect_tcp.ts";
import { connectTls, dialTls } from "../../protocol/transport/connect_tls.ts";
import { acceptDenoWebSocket } from "../../protocol/transport/deno_websocket.ts";
import { memoryPair, type MemoryPairOptions } from "../../protocol/transport/memory.ts";
import { NativeWebSocketTransport } from "../../protocol/transport/native_websocket.ts";
import { TcpTransport } from "../../protocol/transport/tcp.ts";
import type { Transport } from "../../protocol/transport/transport.ts";
import { upgradeConnection } from "../../protocol/transport/upgrade_client.ts";
import { connectWebSocket } from "../../protocol/transport/websocket_client.ts";
import type { TlsServerConn } from "../../server/tls_conn.ts";
import { TlsServerListener } from "../../server/tls_listener.ts";
import { caCert, localhostCert, localhostKey } from "./transport_certificates.ts";
import { acceptUpgrade, acceptWebSocket } from "./transport_http_acceptor.ts";

const LOOPBACK = "127.0.0.1";

/** Two ends of one connection: `a` asked for it, `b` accepted it. */
export interface TransportPair extends AsyncDisposable {
  readonly a: Transport;
  readonly b: Transport;
}

/** Joins two ends; disposing closes them and waits until the platform has let go. */
function pairOf(a: Transport, b: Transport, after?: () => void | Promise<void>): TransportPair {
  return {
    a,
    b,
    async [Symbol.asyncDispose]() {
      a.close();
      b.close();
      for (const end of [a, b]) {
        if (end instanceof NativeWebSocketTransport) await end.closed;
      }
      await after?.();
    },
  };
}

function listenTls(): Deno.TlsListener {
  return Deno.listenTls({ hostname: LOOPBACK, port: 0, cert: localhostCert, key: localhostKey });
}

/** Both ends of one TCP connection. */
export async function tcpPair(): Promise<TransportPair> {
  using listener = Deno.listen({ hostname: LOOPBACK, port: 0 });
  const [a, conn] = await Promise.all([
    connectTcp(LOOPBACK, listener.addr.port),
    listener.accept(),
  ]);
  return pairOf(a, new TcpTransport(conn));
}

/** Both ends of one TLS connection. */
export async function tlsPair(): Promise<TransportPair> {
  using listener = listenTls();
  const accepted = listener.accept().then(async (conn) => {
    await conn.handshake();
    return conn;
  });
  const [a, conn] = await Promise.all([
    connectTls("localhost", listener.addr.port, { caCerts: [caCert] }),
    accepted,
  ]);
  return pairOf(a, new TcpTransport(conn));
}

/** Both ends of a TLS connection that the server's own listener has accepted. */
export async function serverTlsPair(): Promise<TransportPair> {
  using listener = await TlsServerListener.open({
    hostname: LOOPBACK,
    port: 0,
    backlog: 1,
    reusePort: false,
    cert: localhostCert,
    key: localhostKey,
  });
  const [a, conn] = await Promise.all([
    connectTls("localhost", listener.addr.port, { caCerts: [caCert] }),
    listener.accept(),
  ]);
  return pairOf(a, new TcpTransport(conn), () => (conn as TlsServerConn).gone);
}

function dialOurs(port: number, tls = false): Promise<Deno.Conn> {
  if (!tls) return dialTcp(LOOPBACK, port);
  return dialTls("localhost", port, { caCerts: [caCert], alpnProtocols: ["http/1.1"] });
}

/** Both ends of a connection after `Upgrade: tun`. */
export async function upgradePair(options: { tls?: boolean } = {}): Promise<TransportPair> {
  using listener = options.tls ? listenTls() : Deno.listen({ hostname: LOOPBACK, port: 0 });
  const port = (listener.addr as Deno.NetAddr).port;
  const [a, b] = await Promise.all([
    dialOurs(port, options.tls).then((conn) =>
      upgradeConnection(conn, { host: `localhost:${port}` })
    ),
    listener.accept().then((conn) => acceptUpgrade(conn)),
  ]);
  return pairOf(a, b);
}

/** Our framing on both sides of a WebSocket. */
export async function webSocketPair(options: { tls?: boolean } = {}): Promise<TransportPair> {
  using listener = options.tls ? listenTls() : Deno.listen({ hostname: LOOPBACK, port: 0 });
  const port = (listener.addr as Deno.NetAddr).port;
  const [a, b] = await Promise.all([
    dialOurs(port, options.tls).then((conn) => connectWebSocket(conn, { host: "localhost" })),
    listener.accept().then(acceptWebSocket),
  ]);
  return pairOf(a, b);
}

/** The platform's client of a WebSocket, and our framing on the server's side. */
export async function denoWebSocketClientPair(): Promise<TransportPair> {
  using listener = Deno.listen({ hostname: LOOPBACK, port: 0 });
  const { port } = listener.addr;
  const socket = new WebSocket(`ws://${LOOPBACK}:${port}/connect`);
  const [a, b] = await Promise.all([
    acceptDenoWebSocket(socket, { secure: false, peer: `${LOOPBACK}:${port}` }),
    listener.accept().then(acceptWebSocket),
  ]);
  return pairOf(a, b);
}

/** Our client of a WebSocket, and the platform's server. */
export async function denoWebSocketServerPair(): Promise<TransportPair> {
  const accepted = Promise.withResolvers<Transport>();
  const server = Deno.serve({ hostname: LOOPBACK, port: 0, onListen() {} }, (request, info) => {
    // Before the upgrade, which takes the request away.
    const { hostname, port } = info.remoteAddr;
    const { socket, response } = Deno.upgradeWebSocket(request);
    acceptDenoWebSocket(socket, { secure: false, peer: `${hostname}:${port}` })
      .then(accepted.resolve, accepted.reject);
    return response;
  });
  const [a, b] = await Promise.all([
    dialOurs(server.addr.port).then((conn) => connectWebSocket(conn, { host: "localhost" })),
    accepted.promise,
  ]);
  return pairOf(a, b, () => server.shutdown());
}

/** Both ends of an in-memory pair. */
export function inMemoryPair(options: MemoryPairOptions = {}): Promise<TransportPair> {
  const { a, b } = memoryPair(options);
  return Promise.resolve(pairOf(a, b));
}
