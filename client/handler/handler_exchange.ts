/**
 * A visitor's request as a `Request`, and a `Response` as its answer: no local port in between.
 *
 * @module
 */

import type { HttpOpen, ResponseHead, TunnelStream } from "@tun/protocol";
import { HeaderBlock, HttpViolation } from "@tun/protocol/http1";

/** What is known of a request beside the request. */
export interface ServeInfo {
  /** Where the visitor is. */
  readonly remoteAddr: Deno.NetAddr;
  /** The header lines as they were sent: order, case and duplicates. */
  readonly rawHeaders: readonly (readonly [name: string, value: string])[];
  /** The target as it was sent, before it became a URL. */
  readonly rawTarget: string;
}

/** Answers requests. */
export type ServeHandler = (request: Request, info: ServeInfo) => Response | Promise<Response>;

/** How an exchange ended. */
export interface HandlerOutcome {
  /** What was answered; 0 if the visitor left before. */
  readonly status: number;
  /** How many bytes of body were sent. */
  readonly bytes: number;
  /** What the handler threw. */
  readonly error?: unknown;
}

/** Fields that are about one connection; there is none here. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** Carries one request to `handler`. Never rejects. */
export async function handlerExchange(
  stream: TunnelStream,
  head: HttpOpen,
  handler: ServeHandler,
): Promise<HandlerOutcome> {
  const leaving = new AbortController();
  stream.onFailure = (failure) => leaving.abort(failure);
  let response: Response;
  let error: unknown;
  try {
    const rawHeaders = [...HeaderBlock.parse(head.headers).entries()];
    const request = requestOf(head, rawHeaders, stream, leaving.signal);
    response = await handler(request, {
      rawHeaders,
      rawTarget: head.target,
      remoteAddr: addressOf(head.visitor),
    });
    if (!(response instanceof Response)) throw new TypeError("The handler gave no Response");
    if (response.status === 101) throw new TypeError("Cannot upgrade as there is no connection");
  } catch (cause) {
    if (stream.failure !== undefined) return { status: 0, bytes: 0 };
    const isTheirs = cause instanceof HttpViolation || cause instanceof UnsupportedRequest;
    if (!isTheirs) error = cause;
    response = isTheirs
      ? new Response("This request cannot be handled here\n", { status: 501 })
      : new Response("Internal Server Error\n", { status: 500 });
  }
  const { status } = response;
  try {
    const bytes = await respond(stream, head, response, leaving);
    return { status, bytes, ...(error === undefined ? {} : { error }) };
  } catch (cause) {
    if (stream.failure !== undefined) return { status, bytes: 0 };
    stream.reset("app_broken");
    return { status, bytes: 0, error: cause };
  }
}

/** `Request` has no way to say this: `TRACE`, `CONNECT`, or a target that is no URL. */
class UnsupportedRequest extends Error {
  override readonly name = "UnsupportedRequest";
  readonly code = "unsupported_request";
}

function requestOf(
  head: HttpOpen,
  rawHeaders: ServeInfo["rawHeaders"],
  stream: TunnelStream,
  signal: AbortSignal,
): Request {
  const { method, target, scheme, authority } = head;
  const base = `${scheme}://${authority}`;
  const mayHaveBody = method !== "GET" && method !== "HEAD";
  try {
    const headers = new Headers();
    for (const [name, value] of rawHeaders) headers.append(name, value);
    return new Request(target.startsWith("/") ? base + target : new URL(target, base), {
      method,
      headers,
      signal,
      ...(mayHaveBody ? { body: bodyOf(stream), duplex: "half" } : {}),
    });
  } catch (cause) {
    throw new UnsupportedRequest(`Cannot make a Request of ${method}`, { cause });
  }
}

/** Reads when it is read from: that is the back-pressure. */
function bodyOf(stream: TunnelStream): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      const piece = await stream.read();
      if (piece === null) controller.close();
      else controller.enqueue(piece as Uint8Array<ArrayBuffer>);
    },
  }, { highWaterMark: 0 });
}

function addressOf(visitor: string): Deno.NetAddr {
  const colon = visitor.lastIndexOf(":");
  const hostname = visitor.slice(0, colon).replace(/^\[|\]$/g, "");
  return { transport: "tcp", hostname, port: Number(visitor.slice(colon + 1)) };
}

async function respond(
  stream: TunnelStream,
  { method }: HttpOpen,
  response: Response,
  leaving: AbortController,
): Promise<number> {
  const { body, status } = response;
  const isEmpty = body === null || method === "HEAD" || status === 204 || status === 304;
  const head = responseHead(response, isEmpty && method !== "HEAD");
  if (isEmpty) {
    await body?.cancel();
    await stream.respond(head, undefined, true);
    return 0;
  }
  const reader = body.getReader();
  // Whoever makes the body may wait for something: it has to hear that nobody wants it any more.
  stream.onFailure = (failure) => {
    leaving.abort(failure);
    reader.cancel(failure).catch(() => {});
  };
  await stream.respond(head);
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (!(value instanceof Uint8Array)) {
      throw new TypeError("Cannot send a body whose pieces are not of type Uint8Array");
    }
    bytes += value.length;
    await stream.write(value);
  }
  await stream.end();
  return bytes;
}

function responseHead(response: Response, isEmpty: boolean): ResponseHead {
  const { headers, status, statusText } = response;
  const edit = HeaderBlock.empty.edit();
  for (const [name, value] of headers) {
    if (!HOP_BY_HOP.has(name)) edit.append(name, value);
  }
  const saysLength = headers.has("content-length") || status === 204 || status === 304;
  if (isEmpty && !saysLength) edit.append("content-length", "0");
  return { status, minorVersion: 1, reason: statusText, headers: edit.toBytes() };
}
