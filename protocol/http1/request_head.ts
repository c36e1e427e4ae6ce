/**
 * The head of a request: what its first line and its fields say.
 *
 * @module
 */

import { FieldScan } from "./field_scan.ts";
import { CHUNKED_BODY, type Framing, NO_BODY } from "./framing.ts";
import { HeaderBlock } from "./header_block.ts";
import { HeadBuffer } from "./head_buffer.ts";
import { type Authority, sameAuthority } from "./host.ts";
import { KnownHost } from "./known_host.ts";
import { DEFAULT_HTTP_LIMITS, type HttpLimits, TUNNEL_HTTP_LIMITS } from "./limits.ts";
import { CR, encodeLatin1, latin1, LF } from "./octets.ts";
import { RequestLine } from "./request_line.ts";
import type { RequestTarget } from "./target.ts";
import { passableProtocols, upgradeProtocols } from "./upgrade.ts";
import { HttpViolation } from "./violation.ts";

// Both are reused: a scan starts and ends within one call.
const line = new RequestLine();
const fields = new FieldScan();

/** The host of what comes through the tunnel. */
const tunnelHost = new KnownHost();

/** A request head that passed every check. */
export class RequestHead {
  /** The method, as sent. */
  readonly method: string;
  /** The target exactly as sent, one character a byte. */
  readonly target: string;
  /** Which form the target has. */
  readonly targetForm: RequestTarget;
  /** The second number of the version: HTTP/1.`minor`. */
  readonly minor: 0 | 1;
  /** The field lines as they were. */
  readonly headers: HeaderBlock;
  /** The value of `Host`; `null` only on HTTP/1.0. */
  readonly host: string | null;
  /** What `Host`, or an absolute-form target on HTTP/1.0, names; `null` only on HTTP/1.0. */
  readonly authority: Authority | null;
  /** Where the body ends. */
  readonly framing: Framing;
  /** True if the connection may serve another request after this one. */
  readonly keepAlive: boolean;
  /** True if `Connection: upgrade` and `Upgrade` together ask for another protocol. */
  readonly wantsUpgrade: boolean;
  /** True if `Connection` names fields that must be removed. */
  readonly connectionNames: boolean;
  /** True if the sender waits for 100 (Continue) before it sends the body. */
  readonly expectContinue: boolean;
  /** True if the sender says that it takes trailers. */
  readonly acceptsTrailers: boolean;

  /** Takes what the last scan found in `bytes`. */
  private constructor(bytes: Uint8Array, known: KnownHost, fromTunnel: boolean) {
    this.method = line.method;
    this.target = latin1(bytes, line.targetStart, line.targetEnd);
    this.targetForm = line.form;
    this.minor = line.minor;
    this.headers = new HeaderBlock(
      bytes,
      line.end,
      bytes.length - 2,
      fields.lines,
      fields.present,
    );
    this.authority = checkedAuthority(bytes, known);
    this.host = fields.hostStart === -1 ? null : known.text;
    this.framing = fields.chunked
      ? CHUNKED_BODY
      : fields.contentLength === -1
      ? NO_BODY
      : { kind: "length", length: fields.contentLength };
    if (fields.chunked && line.minor === 0) {
      throw new HttpViolation("bad_transfer_encoding", "Transfer-Encoding on HTTP/1.0");
    }
    this.keepAlive = fields.persists(line.minor);
    this.wantsUpgrade = fields.upgradeOffered && (fields.connectionUpgrade || fromTunnel);
    if (this.wantsUpgrade && line.minor === 0) {
      throw new HttpViolation("bad_upgrade", "Upgrade on HTTP/1.0");
    }
    this.connectionNames = fields.connectionNames;
    this.expectContinue = fields.expectContinue && line.minor === 1;
    this.acceptsTrailers = fields.acceptsTrailers;
  }

  /**
   * Scans for a head at the start of `bytes`; -1 if it is not whole before `end`.
   *
   * @ignore
   */
  static scan(bytes: Uint8Array, end: number, limits: HttpLimits): number {
    // An empty line before a request is an old habit that RFC 9112 tells us to bear.
    let start = 0;
    if (bytes[0] === CR) {
      if (end < 2) return -1;
      if (bytes[1] !== LF) throw new HttpViolation("bad_line_end", "CR without LF");
      start = 2;
    }
    if (!line.scan(bytes, start, end, limits.startLine)) return -1;
    return fields.scan(bytes, line.end, end, "empty_line", limits.fieldLines);
  }

  /**
   * Makes a head of what {@linkcode scan} has just found in the same bytes.
   *
   * @ignore
   */
  static afterScan(bytes: Uint8Array, known: KnownHost): RequestHead {
    return new RequestHead(bytes, known, false);
  }

  /**
   * Checks a head that came in parts, through the tunnel. `Connection` has been
   * taken out there, so `Upgrade` alone asks for another protocol.
   *
   * @throws {HttpViolation}
   */
  static fromParts(
    parts: {
      readonly method: string;
      readonly target: Uint8Array;
      readonly minor: number;
      readonly headers: Uint8Array;
    },
    limits: HttpLimits = TUNNEL_HTTP_LIMITS,
  ): RequestHead {
    const before = encodeLatin1(`${parts.method} `);
    const after = encodeLatin1(` HTTP/1.${parts.minor}\r\n`);
    const bytes = new Uint8Array(
      before.length + parts.target.length + after.length + parts.headers.length + 2,
    );
    bytes.set(before);
    bytes.set(parts.target, before.length);
    bytes.set(after, before.length + parts.target.length);
    bytes.set(parts.headers, bytes.length - 2 - parts.headers.length);
    bytes[bytes.length - 2] = CR;
    bytes[bytes.length - 1] = LF;
    if (bytes.length > limits.head) throw headTooLarge(limits);
    // Another end, method or target means that one of the parts was more than that.
    if (
      RequestHead.scan(bytes, bytes.length, limits) !== bytes.length ||
      line.method !== parts.method || line.targetEnd - line.targetStart !== parts.target.length
    ) {
      throw new HttpViolation("bad_line_end", "The parts do not make a head");
    }
    return new RequestHead(bytes, tunnelHost, true);
  }

  /** The protocols that the sender would change to, in lower case; empty if it asks for none. */
  get upgradeProtocols(): string[] {
    return this.wantsUpgrade ? upgradeProtocols(this.headers) : [];
  }

  /**
   * True if it asks for a protocol that may be passed on. Behind a body there is none: whoever
   * passes the request on could not tell where the body ends and the protocol begins.
   */
  get passesUpgrade(): boolean {
    if (!this.wantsUpgrade) return false;
    const { framing } = this;
    const isBodiless = framing.kind === "none" || framing.kind === "length" && framing.length === 0;
    return isBodiless && passableProtocols(this.upgradeProtocols).length > 0;
  }
}

/** Reads request heads from bytes that come in any pieces. */
export class RequestHeadParser {
  readonly #buffer: HeadBuffer;
  readonly #limits: HttpLimits;
  readonly #host = new KnownHost();
  /** How many bytes of the last piece belong to the head; the others are what follows it. */
  consumed = 0;

  /** Makes a parser that reads one head after the other. */
  constructor(limits: HttpLimits = DEFAULT_HTTP_LIMITS) {
    this.#limits = limits;
    this.#buffer = new HeadBuffer(
      limits.head,
      (bytes, end) => RequestHead.scan(bytes, end, limits),
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
  push(piece: Uint8Array): RequestHead | null {
    const end = this.#buffer.push(piece, 0);
    if (end === -1) {
      if (this.#buffer.full) throw headTooLarge(this.#limits);
      this.consumed = piece.length;
      return null;
    }
    this.consumed = end;
    return RequestHead.afterScan(this.#buffer.take(), this.#host);
  }
}

function checkedAuthority(bytes: Uint8Array, known: KnownHost): Authority | null {
  const target = line.form.form === "absolute" ? line.form.authority : null;
  if (fields.hostStart === -1) {
    if (line.minor === 1) throw new HttpViolation("missing_host", "HTTP/1.1 without Host");
    return target;
  }
  const host = known.read(bytes, fields.hostStart, fields.hostEnd);
  if (host === null) throw new HttpViolation("bad_host", "Host is not host[:port]");
  if (target !== null && !sameAuthority(host, target)) {
    throw new HttpViolation("host_mismatch", "Host is not the authority in the target");
  }
  return host;
}

function headTooLarge(limits: HttpLimits): HttpViolation {
  return new HttpViolation("head_too_large", `The head is longer than ${limits.head} bytes`);
}
