/**
 * Requests on the visitors' port that want to open a tunnel: `Upgrade: tun`, after
 * which the connection is the protocol's as it is, or a WebSocket, whose messages
 * carry it.
 *
 * @module
 */

import {
  acceptFor,
  checkUpgradeRequest,
  type Transport,
  upgradeResponse,
  WebSocketTransport,
} from "@tun/protocol";
import { encodeResponseHead, HeaderBlock, type RequestHead } from "@tun/protocol/http1";
import { answerWith, type ExchangeEnd } from "./exchange_sides.ts";
import type { IncomingRequest } from "./visitor_connection.ts";

/** Where tunnels are opened. */
export const CONNECT_PATH = "/connect";

/** Which way a request wants a tunnel, if it does. */
export function tunnelRequestKind(head: RequestHead): "raw" | "websocket" | undefined {
  if (!head.wantsUpgrade) return undefined;
  const protocols = head.upgradeProtocols;
  if (protocols.includes("tun")) return "raw";
  return protocols.includes("websocket") && pathOf(head.target) === CONNECT_PATH
    ? "websocket"
    : undefined;
}

/** Takes over the connection of whoever may open a tunnel, and refuses all others. */
export async function openTunnel(
  request: IncomingRequest,
  kind: "raw" | "websocket",
  accept: (transport: Transport, leading: Uint8Array) => void,
): Promise<ExchangeEnd> {
  const { head, connection } = request;
  // Only browsers send it, and no web page may claim a name on somebody's localhost.
  if (head.headers.has("origin")) return await answerWith(request.writer, "origin_refused");
  if (pathOf(head.target) !== CONNECT_PATH) return await answerWith(request.writer, "not_found");
  if (head.method !== "GET") return await answerWith(request.writer, "method_not_allowed");
  const response = kind === "raw" ? rawResponse() : await webSocketResponse(head);
  if (response === undefined) return await answerWith(request.writer, "bad_request");
  const leading = connection.giveAway();
  try {
    await connection.transport.write(response);
  } catch (error) {
    connection.transport.close();
    throw error;
  }
  if (kind === "raw") accept(connection.transport, leading);
  // A WebSocket client has nothing to say before it has our answer.
  else if (leading.length > 0) connection.transport.close();
  else accept(new WebSocketTransport(connection.transport, "server"), leading);
  return { kind: "upgraded", status: 101 };
}

function rawResponse(): Uint8Array {
  return encodeResponseHead({
    status: 101,
    reason: "Switching Protocols",
    fields: HeaderBlock.of(["Connection", "Upgrade"], ["Upgrade", "tun"]),
  });
}

async function webSocketResponse(head: RequestHead): Promise<Uint8Array | undefined> {
  const verdict = checkUpgradeRequest(head.method, [...head.headers.entries()]);
  if (verdict.kind === "refuse") return undefined;
  return upgradeResponse({ accept: await acceptFor(verdict.key) });
}

function pathOf(target: string): string {
  const query = target.indexOf("?");
  return query === -1 ? target : target.slice(0, query);
}
