/**
 * One visitor's request through the tunnel, as the reference server does it: a
 * connection carries one request, and then it ends.
 *
 * @module
 */

import type { Session, TunnelStream } from "@tun/protocol";
import {
  createBodyDecoder,
  encodeChunk,
  encodeLastChunk,
  encodeResponseHead,
  FieldKind,
  HttpViolation,
  kindSet,
  parseTrailers,
  type RequestHead,
  RequestHeadParser,
  ResponseHead,
} from "@tun/protocol/http1";

const HOP_BY_HOP = kindSet(FieldKind.connection, FieldKind.keepAlive, FieldKind.proxyConnection);

/** Bytes that a visitor may send at once. */
const READ_BYTES = 64 * 1024;

/** Serves one connection of a visitor. */
export async function serveVisitor(
  conn: Deno.TcpConn,
  find: () => { session: Session; tunnel: number } | undefined,
): Promise<void> {
  let stream: TunnelStream | undefined;
  let hasAnswered = false;
  try {
    const { head, rest } = await readHead(conn);
    const route = find();
    if (route === undefined || !route.session.canOpen) return await sayError(conn, "busy");
    const { minor, method, target, authority, headers } = head;
    const hasBody = head.framing.kind !== "none" &&
      !(head.framing.kind === "length" && head.framing.length === 0);
    const { hostname, port } = conn.remoteAddr;
    stream = route.session.open(
      {
        kind: "http",
        tunnel: route.tunnel,
        visitor: hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`,
        scheme: "http",
        minorVersion: minor,
        method,
        target,
        authority: authority === null ? "" : headers.get("host") ?? "",
        headers: headers.edit().removeKinds(HOP_BY_HOP).toBytes(),
      },
      undefined,
      !hasBody,
    );
    // How an upload fails shows in the stream, which is reset then.
    const upload = sendBody(conn, stream, head, rest).catch(() => stream?.reset("cancelled"));
    await passAnswer(conn, stream, method, () => hasAnswered = true);
    conn.close();
    await upload;
  } catch (error) {
    stream?.reset(error instanceof HttpViolation ? "bad_head" : "cancelled");
    if (!hasAnswered) await sayError(conn, "broken").catch(() => {});
  } finally {
    try {
      conn.close();
    } catch {
      // It is gone already.
    }
  }
}

async function readHead(conn: Deno.Conn): Promise<{ head: RequestHead; rest: Uint8Array }> {
  const parser = new RequestHeadParser();
  for (;;) {
    const buffer = new Uint8Array(READ_BYTES);
    const size = await conn.read(buffer);
    if (size === null) throw new Error("The visitor has left");
    const piece = buffer.subarray(0, size);
    const head = parser.push(piece);
    if (head !== null) return { head, rest: piece.subarray(parser.consumed) };
  }
}

/** Sends the request's body, and watches whether the visitor stays. */
async function sendBody(
  conn: Deno.Conn,
  stream: TunnelStream,
  { framing }: RequestHead,
  rest: Uint8Array,
): Promise<void> {
  const body = createBodyDecoder(framing);
  const wasDone = body.done;
  let piece: Uint8Array | null = rest;
  for (;;) {
    const data: Uint8Array[] = [];
    body.push(piece, 0, (view) => data.push(view.slice()));
    for (const view of data) await stream.write(view);
    if (body.done) break;
    piece = await read(conn);
    if (piece === null) return stream.reset("cancelled");
  }
  if (!wasDone) await stream.end(body.trailers?.bytes);
  if (await read(conn) === null) stream.reset("cancelled");
}

async function read(conn: Deno.Conn): Promise<Uint8Array | null> {
  const buffer = new Uint8Array(READ_BYTES);
  const size = await conn.read(buffer);
  return size === null ? null : buffer.subarray(0, size);
}

async function passAnswer(
  conn: Deno.Conn,
  stream: TunnelStream,
  method: string,
  onHead: () => void,
): Promise<void> {
  for (;;) {
    const { status, minorVersion, reason, headers } = await stream.nextResponse();
    const head = ResponseHead.fromParts({
      status,
      minor: minorVersion,
      reason,
      headers,
    });
    const framing = head.framing(method);
    const fields = head.headers.edit();
    if (framing.kind === "until_close") fields.set("Transfer-Encoding", "chunked");
    if (!head.informational) fields.set("Connection", "close");
    const bytes = encodeResponseHead({ status, reason: head.reason, fields });
    onHead();
    await writeAll(conn, bytes);
    if (head.informational) continue;
    let left = framing.kind === "length" ? framing.length : framing.kind === "none" ? 0 : Infinity;
    for (let piece = await stream.read(); piece !== null; piece = await stream.read()) {
      if (piece.length > left) return stream.reset("bad_body");
      left -= piece.length;
      await writeAll(conn, left === Infinity ? encodeChunk(piece) : piece);
    }
    if (left === Infinity) {
      const { trailers } = stream;
      await writeAll(
        conn,
        encodeLastChunk(trailers === undefined ? null : parseTrailers(trailers)),
      );
    }
    return;
  }
}

async function sayError(conn: Deno.Conn, code: string): Promise<void> {
  const text = `HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\ntun-error: ${code}\r\n` +
    "Content-Length: 0\r\n\r\n";
  await writeAll(conn, new TextEncoder().encode(text));
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}
