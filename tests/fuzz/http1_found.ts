/**
 * Streams that our codec and llhttp once read differently, found by
 * `http1_differential.ts`. Each is read again by both in every test run.
 *
 * @module
 */

import type { StreamKind } from "./http1_message.ts";

/** One of them, in the form in which the fuzzer prints it. */
export interface FoundStream {
  /** What was read differently. */
  readonly name: string;
  /** Whose messages it has. */
  readonly kind: StreamKind;
  /** The bytes, one character each. */
  readonly text: string;
  /** True if the responses answer HEAD. @default {false} */
  readonly noBody?: boolean;
}

/** All of them. */
export const FOUND: readonly FoundStream[] = [
  {
    name: "llhttp does not see a close with a tab behind it",
    kind: "request",
    text:
      "GET / HTTP/1.1\r\nHost: a\r\nConnection:\tclose\t\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
  },
  {
    name: "llhttp takes a 101 that names no protocol for the end of HTTP, but not for an upgrade",
    kind: "response",
    text: "HTTP/1.1 101 Switching\r\ncookie: e=f\r\n\r\n",
  },
  {
    name: "llhttp goes on after HTTP/1.0 with both keep-alive and close",
    kind: "request",
    text: "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\nGET / HTTP/1.0\r\n\r\n",
  },
  {
    name: "llhttp stops after an informational response with close",
    kind: "response",
    text: "HTTP/1.1 104 x\r\nProxy-Connection: close\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
  },
];
