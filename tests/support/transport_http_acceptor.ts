/**
 * The least that a server needs to give tests an upgraded connection. The real
 * ingress is elsewhere; this one believes every request.
 *
 * @module
 */

import { TcpTransport } from "../../protocol/transport/tcp.ts";
import type { Transport } from "../../protocol/transport/transport.ts";
import { WebSocketTransport } from "../../protocol/transport/websocket.ts";
import {
  acceptFor,
  checkUpgradeRequest,
  upgradeResponse,
} from "../../protocol/websocket/handshake.ts";

/** A request head, and the bytes that came with it. */
export interface AcceptedRequest {
  readonly requestLine: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly leading: Uint8Array;
}

/** Reads one request head. */
export async function readRequest(conn: Deno.Conn): Promise<AcceptedRequest> {
  const buffer = new Uint8Array(64 * 1024);
  let size = 0;
  for (;;) {
    const text = new TextDecoder("latin1").decode(buffer.subarray(0, size));
    const end = text.indexOf("\r\n\r\n");
    if (end >= 0) {
      const [requestLine = "", ...lines] = text.slice(0, end).split("\r\n");
      const fields = lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
      });
      return { requestLine, fields, leading: buffer.slice(end + 4, size) };
    }
    const read = await conn.read(buffer.subarray(size));
    if (read === null) throw new Error("The client ended without a request");
    size += read;
  }
}

/** Writes all of `bytes`. */
export async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

/** Answers a request for `Upgrade: tun`; `early` goes out in the same packet as the 101. */
export async function acceptUpgrade(
  conn: Deno.Conn,
  early: Uint8Array = new Uint8Array(0),
): Promise<Transport> {
  const { leading } = await readRequest(conn);
  const head = new TextEncoder().encode(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: tun\r\nConnection: Upgrade\r\n\r\n",
  );
  const bytes = new Uint8Array(head.length + early.length);
  bytes.set(head);
  bytes.set(early, head.length);
  await writeAll(conn, bytes);
  return new TcpTransport(conn, { kind: "upgrade", leading });
}

/** Answers a request for a WebSocket. */
export async function acceptWebSocket(conn: Deno.Conn): Promise<WebSocketTransport> {
  const { requestLine, fields, leading } = await readRequest(conn);
  const verdict = checkUpgradeRequest(requestLine.split(" ")[0]!, fields);
  if (verdict.kind === "refuse") throw new Error(verdict.reason);
  await writeAll(conn, upgradeResponse({ accept: await acceptFor(verdict.key) }));
  return new WebSocketTransport(new TcpTransport(conn, { leading }), "server");
}
