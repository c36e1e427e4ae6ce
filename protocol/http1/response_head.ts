/**
 * The head of a response: what its status line and its fields say.
 *
 * @module
 */

import { allocateBytes } from "../small_bytes.ts";
import { FieldScan } from "./field_scan.ts";
import { BODY_UNTIL_CLOSE, CHUNKED_BODY, type Framing, NO_BODY } from "./framing.ts";
import { HeaderBlock } from "./header_block.ts";
import { HeadBuffer } from "./head_buffer.ts";
import { DEFAULT_HTTP_LIMITS, type HttpLimits, TUNNEL_HTTP_LIMITS } from "./limits.ts";
import { CR, latin1, LF, writeLatin1 } from "./octets.ts";
import { STATUS_BYTES, StatusLine, writeStatus } from "./status_line.ts";
import { upgradeProtocols } from "./upgrade.ts";
import { HttpViolation } from "./violation.ts";

// Both are reused: a scan starts and ends within one call.
const line = new StatusLine();
const fields = new FieldScan();

/** A response head that passed every check. */
export class ResponseHead {
  /** The status, 100 to 999. */
  readonly status: number;
  /** The reason phrase exactly as sent, one character a byte. */
  readonly reason: string;
  /** The second number of the version: HTTP/1.`minor`. */
  readonly minor: 0 | 1;
  /** The field lines as they were. */
  readonly headers: HeaderBlock;
  /** The value of `Content-Length`, or `null`. */
  readonly contentLength: number | null;
  /** True if `Connection` names fields that must be removed. */
  readonly connectionNames: boolean;
  readonly #chunked: boolean;
  readonly #keepAlive: boolean;

  /** Takes what the last scan found in `bytes`. */
  private constructor(bytes: Uint8Array, fromTunnel: boolean) {
    this.status = line.status;
    this.reason = latin1(bytes, line.reasonStart, line.reasonEnd);
    this.minor = line.minor;
    this.headers = new HeaderBlock(
      bytes,
      line.end,
      bytes.length - 2,
      fields.lines,
      fields.present,
    );
    this.contentLength = fields.contentLength === -1 ? null : fields.contentLength;
    this.connectionNames = fields.connectionNames;
    this.#chunked = fields.chunked;
    this.#keepAlive = fields.persists(line.minor);
    if (fields.chunked && line.minor === 0) {
      throw new HttpViolation("bad_transfer_encoding", "Transfer-Encoding on HTTP/1.0");
    }
    if (
      this.status === 101 &&
      !(fields.upgradeOffered && (fields.connectionUpgrade || fromTunnel))
    ) {
      throw new HttpViolation("bad_upgrade", "A 101 response does not say what it changes to");
    }
    if (this.informational && !this.#keepAlive) {
      // It promises another head and no other message at once.
      throw new HttpViolation("bad_connection", "An informational response ends the connection");
    }
    // Nobody agrees on what to do with such a body, so it may not be announced.
    // `Content-Length: 0` in a 204 is a common slip and harms nobody.
    if (
      (this.status < 200 && (fields.chunked || this.contentLength !== null)) ||
      (this.status === 204 && (fields.chunked || (this.contentLength ?? 0) > 0))
    ) {
      throw new HttpViolation("body_not_allowed", `A ${this.status} response announces a body`);
    }
  }

  /**
   * Scans for a head at the start of `bytes`; -1 if it is not whole before `end`.
   *
   * @ignore
   */
  static scan(bytes: Uint8Array, end: number, limits: HttpLimits): number {
    if (!line.scan(bytes, 0, end, limits.startLine)) return -1;
    return fields.scan(bytes, line.end, end, "empty_line", limits.fieldLines);
  }

  /**
   * Makes a head of what {@linkcode scan} has just found in the same bytes.
   *
   * @ignore
   */
  static afterScan(bytes: Uint8Array): ResponseHead {
    return new ResponseHead(bytes, false);
  }

  /**
   * Checks a head that came in parts, through the tunnel. `Connection` has been
   * taken out there, also of a 101.
   *
   * @throws {HttpViolation}
   */
  static fromParts(
    parts: {
      readonly status: number;
      readonly minor: number;
      readonly reason: string;
      readonly headers: Uint8Array;
    },
    limits: HttpLimits = TUNNEL_HTTP_LIMITS,
  ): ResponseHead {
    const bytes = allocateBytes(STATUS_BYTES + parts.reason.length + parts.headers.length + 4);
    let at = writeStatus(parts.minor, parts.status, bytes, 0);
    at = writeLatin1(parts.reason, bytes, at);
    bytes[at++] = CR;
    bytes[at++] = LF;
    bytes.set(parts.headers, at);
    at += parts.headers.length;
    bytes[at++] = CR;
    bytes[at] = LF;
    if (bytes.length > limits.head) throw headTooLarge(limits);
    // Another end, status or reason means that one of the parts was more than that.
    if (
      ResponseHead.scan(bytes, bytes.length, limits) !== bytes.length ||
      line.status !== parts.status || line.reasonEnd - line.reasonStart !== parts.reason.length
    ) {
      throw new HttpViolation("bad_line_end", "The parts do not make a head");
    }
    return new ResponseHead(bytes, true);
  }

  /** True for 1xx but 101: another head follows. */
  get informational(): boolean {
    return this.status < 200 && this.status !== 101;
  }

  /** The protocols that the sender offers or changes to, in lower case. */
  get upgradeProtocols(): string[] {
    return upgradeProtocols(this.headers);
  }

  /** Where the body ends, given the method that was asked with. */
  framing(method: string): Framing {
    if (method === "HEAD" || this.status < 200 || this.status === 204 || this.status === 304) {
      return NO_BODY;
    }
    if (this.#chunked) return CHUNKED_BODY;
    if (this.contentLength !== null) return { kind: "length", length: this.contentLength };
    return BODY_UNTIL_CLOSE;
  }

  /** True if the connection may serve another request after this response. */
  keepAlive(method: string): boolean {
    return this.#keepAlive && this.status !== 101 && this.framing(method).kind !== "until_close";
  }
}

/** Reads response heads from bytes that come in any pieces. */
export class ResponseHeadParser {
  readonly #buffer: HeadBuffer;
  readonly #limits: HttpLimits;
  /** How many bytes of the last piece belong to the head; the others are what follows it. */
  consumed = 0;

  /** Makes a parser that reads one head after the other. */
  constructor(limits: HttpLimits = DEFAULT_HTTP_LIMITS) {
    this.#limits = limits;
    this.#buffer = new HeadBuffer(
      limits.head,
      (bytes, end) => ResponseHead.scan(bytes, end, limits),
    );
  }

  /** True if no byte of a head is waiting for the others. */
  get idle(): boolean {
    return this.#buffer.length === 0;
  }

  /**
   * Takes the next piece, and gives the head if that completes it; then
   * {@linkcode consumed} says where the body, or the next head, starts. The
   * head has bytes of its own; the piece may be reused.
   *
   * @throws {HttpViolation} The connection cannot be used any more.
   */
  push(piece: Uint8Array): ResponseHead | null {
    const end = this.#buffer.push(piece, 0);
    if (end === -1) {
      if (this.#buffer.full) throw headTooLarge(this.#limits);
      this.consumed = piece.length;
      return null;
    }
    this.consumed = end;
    return ResponseHead.afterScan(this.#buffer.take());
  }
}

function headTooLarge(limits: HttpLimits): HttpViolation {
  return new HttpViolation("head_too_large", `The head is longer than ${limits.head} bytes`);
}
