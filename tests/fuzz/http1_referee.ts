/**
 * llhttp itself, as Deno and Node.js carry it: the parser under `node:http`,
 * without sockets, and as strict as it comes.
 *
 * @module
 */

import { METHODS } from "node:http";
import type { Seen, SeenMessage, StreamKind } from "./http1_message.ts";

/** The part of the internal class that is used here. */
interface LlhttpParser {
  [callback: number]: (...values: never[]) => unknown;
  initialize(type: number, resource: object, maxHeaderSize: number, lenient: number): void;
  execute(bytes: Uint8Array): number | Error;
  finish(): Error | number | undefined;
}

interface LlhttpParserClass {
  new (): LlhttpParser;
  readonly REQUEST: number;
  readonly RESPONSE: number;
  readonly kOnHeaders: number;
  readonly kOnHeadersComplete: number;
  readonly kOnBody: number;
  readonly kOnMessageComplete: number;
  readonly kLenientNone: number;
}

const internals = await import("node:_http_common") as unknown as {
  HTTPParser: LlhttpParserClass;
};
const { HTTPParser } = internals;

// Above everything that is generated: what is too large for Node.js is no
// question of understanding.
const MAX_HEADER_SIZE = 1 << 24;

// llhttp tells methods by number; which is which, it says itself.
const methodNames = new Map<number, string>();
for (const name of METHODS) {
  const parser = new HTTPParser();
  parser.initialize(HTTPParser.REQUEST, {}, MAX_HEADER_SIZE, HTTPParser.kLenientNone);
  parser[HTTPParser.kOnHeadersComplete] = (_major, _minor, _headers, method: number) => {
    methodNames.set(method, name);
  };
  parser.execute(new TextEncoder().encode(`${name} / HTTP/1.1\r\nHost: a\r\n\r\n`));
}

/** The methods that llhttp takes. */
export const KNOWN_METHODS: ReadonlySet<string> = new Set(methodNames.values());

/** Reads a stream with llhttp; `noBody` says that the responses are to HEAD. */
export function referee(
  kind: StreamKind,
  bytes: Uint8Array,
  noBody: boolean,
  ended: boolean,
): Seen {
  const parser = new HTTPParser();
  const type = kind === "request" ? HTTPParser.REQUEST : HTTPParser.RESPONSE;
  parser.initialize(type, {}, MAX_HEADER_SIZE, HTTPParser.kLenientNone);
  const messages: SeenMessage[] = [];
  let pending: string[] = [];
  let url = "";
  let current: SeenMessage | null = null;
  parser[HTTPParser.kOnHeaders] = (headers: string[], piece: string) => {
    pending.push(...headers);
    url += piece;
  };
  parser[HTTPParser.kOnHeadersComplete] = (
    _major: number,
    minor: number,
    headers: string[] | undefined,
    method: number | undefined,
    target: string | undefined,
    status: number | undefined,
    reason: string | undefined,
    upgrade: boolean,
    keepAlive: boolean,
  ) => {
    current = {
      start: kind === "request"
        ? `${methodNames.get(method ?? -1)} ${url}${target ?? ""}`
        : `${status} ${reason ?? ""}`,
      minor,
      headers: [...pending, ...(headers ?? [])],
      upgrade,
      keepAlive,
      body: "",
      trailers: [],
      complete: false,
    };
    pending = [];
    url = "";
    messages.push(current);
    return noBody ? 1 : 0;
  };
  parser[HTTPParser.kOnBody] = (data: Uint8Array) => {
    if (current !== null) current.body += latin1(data);
  };
  parser[HTTPParser.kOnMessageComplete] = () => {
    if (current === null) return;
    current.trailers = pending;
    pending = [];
    current.complete = true;
    current = null;
  };
  const result = parser.execute(bytes);
  const end = ended && typeof result === "number" ? parser.finish() : undefined;
  const failure = result instanceof Error ? result : end instanceof Error ? end : null;
  return { messages, refusal: failure?.message ?? null };
}

/** One character a byte. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const octet of bytes) text += String.fromCharCode(octet);
  return text;
}
