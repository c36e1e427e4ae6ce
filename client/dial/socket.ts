/**
 * A connection to the host of an endpoint, straight or through a proxy, encrypted where the
 * endpoint says so.
 *
 * @module
 */

import { encodeBase64 } from "@std/encoding/base64";
import { dialTcp, startTls } from "@tun/protocol";
import { HttpViolation, type ResponseHead, ResponseHeadParser } from "@tun/protocol/http1";
import { joinAuthority } from "../address/authority.ts";
import type { Endpoint } from "../address/endpoint.ts";
import { DialError } from "./dial_error.ts";
import type { ProxyServer } from "./proxy.ts";

/** How to connect. */
export interface SocketOptions {
  readonly endpoint: Endpoint;
  readonly proxy?: ProxyServer | undefined;
  /** Certificates (PEM) to trust beside the system's. */
  readonly ca?: string | undefined;
  /** Gives up at once; the error thrown is its reason. */
  readonly signal: AbortSignal;
}

/** A proxy's answer to `CONNECT` is short. */
const ANSWER_BYTES = 4096;

/**
 * Opens the connection; a TLS handshake is done when this returns.
 *
 * @throws {DialError} `proxy_failed`.
 * @throws {TransportError} `unreachable`.
 * @throws The signal's reason, once it is aborted.
 */
export async function openSocket(options: SocketOptions): Promise<Deno.TcpConn | Deno.TlsConn> {
  const { endpoint, proxy, ca, signal } = options;
  const conn = proxy === undefined
    ? await dialTcp(dialHost(endpoint.host), endpoint.port, { signal })
    : await throughProxy(endpoint, proxy, signal);
  if (!endpoint.secure) return conn;
  return await startTls(conn, endpoint.host, {
    signal,
    alpnProtocols: ["http/1.1"],
    ...(ca === undefined ? {} : { caCerts: [ca] }),
  });
}

/** Names below `localhost` are this machine by definition (RFC 6761); few resolvers know. */
function dialHost(host: string): string {
  return host.endsWith(".localhost") ? "localhost" : host;
}

async function throughProxy(
  { host, port }: Endpoint,
  proxy: ProxyServer,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  const label = joinAuthority(proxy.host, proxy.port);
  const conn = await dialTcp(proxy.host, proxy.port, { signal }).catch((cause) => {
    signal.throwIfAborted();
    throw new DialError("proxy_failed", `cannot reach the proxy ${label}`, { cause });
  });
  const onAbort = () => conn.close();
  signal.addEventListener("abort", onAbort, { once: true });
  let isOpen = false;
  try {
    const place = joinAuthority(host, port);
    const lines = ["Host: " + place, ...authorizationLines(proxy)].join("\r\n");
    await writeAll(conn, `CONNECT ${place} HTTP/1.1\r\n${lines}\r\n\r\n`);
    const { status } = await readAnswer(conn);
    signal.throwIfAborted();
    if (status < 200 || status > 299) {
      const hint = status === 407 ? ", it wants a user and a password in its URL" : "";
      throw new DialError("proxy_failed", `the proxy ${label} answers with ${status}${hint}`);
    }
    isOpen = true;
    return conn;
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof DialError) throw cause;
    throw new DialError("proxy_failed", `the proxy ${label} does not speak HTTP`, { cause });
  } finally {
    signal.removeEventListener("abort", onAbort);
    if (!isOpen && !signal.aborted) conn.close();
  }
}

function authorizationLines({ credentials }: ProxyServer): string[] {
  if (credentials === undefined) return [];
  const text = new TextEncoder().encode(`${credentials.username}:${credentials.password}`);
  return [`Proxy-Authorization: Basic ${encodeBase64(text)}`];
}

async function writeAll(conn: Deno.Conn, text: string): Promise<void> {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(await conn.write(bytes));
}

async function readAnswer(conn: Deno.Conn): Promise<ResponseHead> {
  const parser = new ResponseHeadParser();
  const buffer = new Uint8Array(ANSWER_BYTES);
  for (;;) {
    const size = await conn.read(buffer);
    if (size === null) throw new HttpViolation("early_end", "The proxy hung up");
    const head = parser.push(buffer.subarray(0, size));
    if (head === null) continue;
    // We speak first in the tunnel, so nothing can have come behind a head that opens it.
    if (parser.consumed < size && head.status < 300) {
      throw new HttpViolation("bad_line_end", "The proxy speaks for the server");
    }
    return head;
  }
}
