/**
 * What a stream is for, and what was answered: the heads in OPEN and RESPONSE.
 *
 * ```text
 *  OPEN      kind u8 | tunnel u16 | visitor str8 | extra str16
 *            and for kind http:
 *            scheme u8 | minor version u8 | method str8 | target str16 | authority str16 | headers
 *  RESPONSE  status u16 | minor version u8 | extra str16 | reason str16 | headers
 * ```
 *
 * `str8` and `str16` are a length of one or two bytes and so many bytes. `headers`
 * is the rest: the header block as it was on the wire, field lines that each end
 * in CRLF, validated by whoever parsed it and not parsed here. `extra` is for
 * what later versions add; unknown content is ignored.
 *
 * Text is one byte a character (Latin-1), as HTTP is: nothing is decoded that
 * would have to be encoded again.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { latin1 } from "../latin1.ts";
import { MAX_HEAD_BYTES } from "../limits.ts";

/** A request for a tunnel, as it came from a visitor. */
export interface HttpOpen {
  /** One HTTP exchange. */
  readonly kind: "http";
  /** Which of the session's tunnels it is for. */
  readonly tunnel: number;
  /** Where the visitor is: `192.0.2.7:51234`. */
  readonly visitor: string;
  /** How the visitor came. */
  readonly scheme: "http" | "https";
  /** 0 for HTTP/1.0, 1 for HTTP/1.1. */
  readonly minorVersion: number;
  /** The method as it was sent. */
  readonly method: string;
  /** The target as it was sent. */
  readonly target: string;
  /** The host that was asked for. */
  readonly authority: string;
  /** The header block, each line with its CRLF. */
  readonly headers: Uint8Array;
}

/** A visitor's connection to a TCP tunnel. */
export interface TcpOpen {
  /** Bytes, both ways. */
  readonly kind: "tcp";
  /** Which of the session's tunnels it is for. */
  readonly tunnel: number;
  /** Where the visitor is. */
  readonly visitor: string;
}

/** What a stream is for. */
export type OpenHead = HttpOpen | TcpOpen;

/** An answer to {@linkcode HttpOpen}; below 200 and not 101, more will follow. */
export interface ResponseHead {
  /** The status. */
  readonly status: number;
  /** The app's own: 0 for HTTP/1.0, 1 for HTTP/1.1. */
  readonly minorVersion: number;
  /** The reason phrase as it was sent. */
  readonly reason: string;
  /** The header block, each line with its CRLF. */
  readonly headers: Uint8Array;
}

/** True if another response head follows on the stream. */
export function isInformational(status: number): boolean {
  return status < 200 && status !== 101;
}

/** What three digits can say. */
const LEAST_STATUS = 100;
const MOST_STATUS = 999;

const KIND_HTTP = 1;
const KIND_TCP = 2;

const OPEN_FIXED_BYTES = 1 + 2 + 1 + 2;
const HTTP_FIXED_BYTES = 1 + 1 + 1 + 2 + 2;
const RESPONSE_FIXED_BYTES = 2 + 1 + 2 + 2;

/**
 * How long the encoded head is.
 *
 * @throws {RangeError} If it is longer than a head may be.
 */
export function openHeadLength(head: OpenHead): number {
  let length = OPEN_FIXED_BYTES + head.visitor.length;
  if (head.kind === "http") {
    length += HTTP_FIXED_BYTES + head.method.length + head.target.length +
      head.authority.length + head.headers.length;
  }
  return checkLength(length);
}

/**
 * Writes a head of {@linkcode openHeadLength} bytes at `at` and returns where it ends.
 *
 * @throws {RangeError} If a field is not what the peer would take.
 */
export function writeOpenHead(into: Uint8Array, at: number, head: OpenHead): number {
  checkRange(head.tunnel, 0, 0xffff);
  into[at++] = head.kind === "http" ? KIND_HTTP : KIND_TCP;
  at = writeU16(into, at, head.tunnel);
  at = writeText(into, at, head.visitor, 1);
  at = writeU16(into, at, 0);
  if (head.kind === "tcp") return at;
  checkRange(head.minorVersion, 0, 1);
  into[at++] = head.scheme === "https" ? 1 : 0;
  into[at++] = head.minorVersion;
  at = writeText(into, at, head.method, 1);
  at = writeText(into, at, head.target, 2);
  at = writeText(into, at, head.authority, 2);
  into.set(head.headers, at);
  return at + head.headers.length;
}

/**
 * Reads a head that fills `bytes`. Its header block is a view.
 *
 * @throws {ProtocolError} `bad_frame`.
 */
export function readOpenHead(bytes: Uint8Array): OpenHead {
  const reader = new HeadReader(bytes);
  const kind = reader.u8();
  const tunnel = reader.u16();
  const visitor = reader.text(1);
  reader.text(2);
  if (kind === KIND_TCP) {
    reader.end();
    return { kind: "tcp", tunnel, visitor };
  }
  if (kind !== KIND_HTTP) {
    throw new ProtocolError("bad_frame", `Cannot open a stream of kind ${kind}`);
  }
  return {
    kind: "http",
    tunnel,
    visitor,
    scheme: reader.bit() === 1 ? "https" : "http",
    minorVersion: reader.bit(),
    method: reader.text(1),
    target: reader.text(2),
    authority: reader.text(2),
    headers: reader.rest(),
  };
}

/**
 * How long the encoded head is.
 *
 * @throws {RangeError} If it is longer than a head may be.
 */
export function responseHeadLength(head: ResponseHead): number {
  return checkLength(RESPONSE_FIXED_BYTES + head.reason.length + head.headers.length);
}

/**
 * Writes a head of {@linkcode responseHeadLength} bytes at `at` and returns where it ends.
 *
 * @throws {RangeError} If a field is not what the peer would take.
 */
export function writeResponseHead(into: Uint8Array, at: number, head: ResponseHead): number {
  checkRange(head.status, LEAST_STATUS, MOST_STATUS);
  checkRange(head.minorVersion, 0, 1);
  at = writeU16(into, at, head.status);
  into[at++] = head.minorVersion;
  at = writeU16(into, at, 0);
  at = writeText(into, at, head.reason, 2);
  into.set(head.headers, at);
  return at + head.headers.length;
}

/**
 * Reads a head that fills `bytes`. Its header block is a view.
 *
 * @throws {ProtocolError} `bad_frame`.
 */
export function readResponseHead(bytes: Uint8Array): ResponseHead {
  const reader = new HeadReader(bytes);
  const status = reader.u16();
  if (status < LEAST_STATUS || status > MOST_STATUS) {
    throw new ProtocolError("bad_frame", `Cannot take a response of status ${status}`);
  }
  const minorVersion = reader.bit();
  reader.text(2);
  return { status, minorVersion, reason: reader.text(2), headers: reader.rest() };
}

function checkLength(length: number): number {
  if (length > MAX_HEAD_BYTES) {
    throw new RangeError(`Cannot send a head of ${length} bytes as the most is ${MAX_HEAD_BYTES}`);
  }
  return length;
}

function writeU16(into: Uint8Array, at: number, value: number): number {
  into[at] = value >>> 8;
  into[at + 1] = value;
  return at + 2;
}

function writeText(into: Uint8Array, at: number, text: string, lengthBytes: 1 | 2): number {
  const length = text.length;
  checkRange(length, 0, lengthBytes === 2 ? 0xffff : 0xff);
  if (lengthBytes === 2) into[at++] = length >>> 8;
  into[at++] = length;
  let bits = 0;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    bits |= code;
    into[at + i] = code;
  }
  // Cut to eight bits, a character could pass for another: U+010A for a line feed.
  checkRange(bits, 0, 0xff);
  return at + length;
}

/** What the peer would refuse is refused here, where it costs one stream and not the session. */
function checkRange(value: number, least: number, most: number): void {
  if (!(value >= least && value <= most)) {
    throw new RangeError(
      `Cannot send ${value} in a head where it must be from ${least} to ${most}`,
    );
  }
}

/** Reads fields in order and insists that they are there. */
class HeadReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  u8(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw new ProtocolError("bad_frame", "Cannot read a head that is cut");
    return value;
  }

  u16(): number {
    const high = this.u8();
    return high << 8 | this.u8();
  }

  bit(): number {
    const value = this.u8();
    if (value > 1) {
      throw new ProtocolError("bad_frame", `Cannot read ${value} where 0 or 1 must be`);
    }
    return value;
  }

  text(lengthBytes: 1 | 2): string {
    const length = lengthBytes === 1 ? this.u8() : this.u16();
    const end = this.#at + length;
    if (end > this.#bytes.length) {
      throw new ProtocolError("bad_frame", "Cannot read a head that is cut");
    }
    const text = latin1(this.#bytes, this.#at, end);
    this.#at = end;
    return text;
  }

  rest(): Uint8Array {
    const rest = this.#bytes.subarray(this.#at);
    this.#at = this.#bytes.length;
    return rest;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) {
      throw new ProtocolError("bad_frame", "Cannot read a head with something behind it");
    }
  }
}
