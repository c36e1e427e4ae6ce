/**
 * The answer to an HTTP upgrade request, taken apart without IO: strict, and
 * never more than one head in memory.
 *
 * @module
 */

import { TransportError } from "./transport.ts";

/** A response head, and where it ends. */
export interface AnswerHead {
  /** The status code. */
  readonly status: number;
  /** Names in lower case and values, in the order of the wire. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** The offset of the first byte after the head. */
  readonly end: number;
}

/** A head larger than this is not meant for us; ours are a few hundred bytes. */
export const MAX_ANSWER_HEAD_BYTES: number = 16 * 1024;

const START = "HTTP/1.1 ";
const STATUS_LINE = /^HTTP\/1\.1 ([1-9][0-9]{2}) [\t\x20-\x7e\x80-\xff]*$/;
const FIELD_LINE =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*([\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?[\t ]*$/;

/**
 * Reads the head at `from`, or gives `null` while it is not whole.
 *
 * @throws {TransportError} `carrier_violation`: this is not HTTP/1.1, or not strictly.
 */
export function parseAnswerHead(bytes: Uint8Array, from = 0): AnswerHead | null {
  const end = findHeadEnd(bytes, from);
  if (end < 0) {
    // Other protocols greet and then wait for us: their first bytes give them away.
    for (let i = from; i < bytes.length && i - from < START.length; i++) {
      if (bytes[i] !== START.charCodeAt(i - from)) throw violation("something that is not HTTP");
    }
    return null;
  }
  let text = "";
  for (let i = from; i < end - 4; i++) text += String.fromCharCode(bytes[i]!);
  const [statusLine, ...fieldLines] = text.split("\r\n");

  const status = STATUS_LINE.exec(statusLine!)?.[1];
  if (status === undefined) throw violation("a status line that is not HTTP/1.1");
  const fields = fieldLines.map((line) => {
    const match = FIELD_LINE.exec(line);
    if (match === null) throw violation("a header field that is not well formed");
    return [match[1]!.toLowerCase(), match[2] ?? ""] as const;
  });
  return { status: Number(status), fields, end };
}

/** The values of a field, in order. */
export function valuesOf(head: AnswerHead, name: string): string[] {
  return head.fields.filter(([key]) => key === name).map(([, value]) => value);
}

/** The offset after the empty line, or -1. */
function findHeadEnd(bytes: Uint8Array, from: number): number {
  for (let i = bytes.indexOf(0x0d, from); i >= 0; i = bytes.indexOf(0x0d, i + 1)) {
    if (bytes[i + 1] === 0x0a && bytes[i + 2] === 0x0d && bytes[i + 3] === 0x0a) return i + 4;
  }
  return -1;
}

function violation(what: string): TransportError {
  return new TransportError("carrier_violation", `The server answered with ${what}`);
}
