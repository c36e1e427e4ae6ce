/**
 * Turning an HTTP/1.1 connection into a WebSocket, as a client, with our own framing: the
 * platform's client lets small messages wait for the acknowledgement of the ones before, has no
 * back-pressure, and does not tell why a server refuses.
 *
 * @module
 */

import {
  checkUpgradeResponse,
  HandshakeError,
  newKey,
  upgradeRequest,
} from "../websocket/handshake.ts";
import { DEFAULT_TARGET, switchProtocols, type UpgradeOptions } from "./http_upgrade.ts";
import { describeAddress, TcpTransport } from "./tcp.ts";
import { type Transport, TransportError } from "./transport.ts";
import { WebSocketTransport } from "./websocket.ts";

/**
 * Asks the server at the other end of `conn` for a WebSocket. The connection is used up, also by
 * a failure.
 *
 * @throws {UpgradeRefusedError} The answer is not 101.
 * @throws {TransportError} `carrier_violation` for an answer that is not proper
 * HTTP or not this upgrade, `connection_lost` for one that does not come.
 * @throws The signal's reason, once it is aborted.
 */
export async function connectWebSocket(
  conn: Deno.Conn,
  options: UpgradeOptions,
): Promise<Transport> {
  const { host, target = DEFAULT_TARGET, fields, signal } = options;
  const secure = "handshake" in conn;
  const peer = describeAddress(conn.remoteAddr);
  const key = newKey(crypto.getRandomValues(new Uint8Array(16)));
  const request = () => upgradeRequest({ host, target, key, ...(fields && { fields }) });
  const leading = await switchProtocols(conn, request, async (head) => {
    try {
      await checkUpgradeResponse(head.status, head.fields, { key });
    } catch (cause) {
      if (!(cause instanceof HandshakeError)) throw cause;
      throw new TransportError("carrier_violation", cause.message, { cause });
    }
  }, signal);
  return new WebSocketTransport(new TcpTransport(conn, { secure, peer, leading }), "client");
}
