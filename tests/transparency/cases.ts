/**
 * How cases are written down.
 *
 * @module
 */

import type { AskedWith } from "./documented_changes.ts";
import type { Case } from "./run_case.ts";
import type { AppScript } from "./origin.ts";

/** The host of the tunnel under test. */
export const HOST = "Host: app.localhost";

/** An answer with a body of two bytes. */
export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** A request with a `Host`, on a connection that the visitor does not keep. */
export function request(requestLine: string, lines: readonly string[] = [], body = ""): string {
  const version = / HTTP\/1\.[01]$/.test(requestLine) ? "" : " HTTP/1.1";
  return [requestLine + version, HOST, ...lines, "Connection: close", "", body].join("\r\n");
}

/** A response. */
export function response(start: string, lines: readonly string[] = [], body = ""): string {
  return [`HTTP/1.1 ${start}`, ...lines, "", body].join("\r\n");
}

/** An app that reads the request to its end and then sends this. */
export function answers(text: string): AppScript {
  return async (app, head) => {
    await app.body(head);
    await app.send(text);
  };
}

/** As {@linkcode answers}, and hangs up. */
export function answersAndCloses(text: string): AppScript {
  return async (app, head) => {
    await app.body(head);
    await app.send(text);
    await app.conn.closeWrite();
    await app.rest();
  };
}

/** How one request is asked, from its text. */
export function askedWith(text: string): AskedWith {
  const [head = ""] = text.split("\r\n\r\n");
  const [start = ""] = head.split("\r\n");
  const minor = start.endsWith("HTTP/1.0") ? 0 : 1;
  const isClosing = /^connection:.*\bclose\b/im.test(head);
  const isKeeping = /^connection:.*\bkeep-alive\b/im.test(head);
  return {
    method: start.split(" ")[0]!,
    minor,
    keepsAlive: minor === 0 ? isKeeping : !isClosing,
  };
}

/** A visitor that sends one request, whole, and an app that answers it. */
export function simple(name: string, text: string, app: string | AppScript = OK): Case {
  return {
    name,
    visitor: (visitor) => visitor.send(text),
    app: typeof app === "string" ? answers(app) : app,
    asked: [askedWith(text)],
  };
}

/** A chunked body of these pieces. */
export function chunked(pieces: readonly string[], trailers: readonly string[] = []): string {
  const chunks = pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`);
  return [...chunks, "0\r\n", ...trailers.map((line) => `${line}\r\n`), "\r\n"].join("");
}

/** Every byte there is, over and over. */
export function allBytes(size: number): string {
  const table = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("");
  return table.repeat(Math.ceil(size / 256)).slice(0, size);
}
