/**
 * The one loop that reads field lines: it checks every byte, notes where the
 * lines are, and draws from the fields that matter what the message needs.
 *
 * It runs over bytes that are all there, from left to right, and the first
 * thing wrong is what it reports; so the answer to a bad message does not
 * depend on the pieces in which it came. Where the bytes end before the fields
 * do, it says so, and whoever asked comes again with more.
 *
 * @module
 */

import { FieldKind, fieldKind, type FieldKindSet } from "./field_kind.ts";
import {
  eachMember,
  hasMember,
  readLength,
  readTransferEncoding,
  readUpgrade,
} from "./field_value.ts";
import {
  COLON,
  CR,
  encodeLatin1,
  equalsWord,
  FIELD_VALUE,
  HTAB,
  LF,
  skipBlanks,
  SP,
  TOKEN,
  trimBlanks,
} from "./octets.ts";
import { HttpViolation } from "./violation.ts";

/** Numbers an entry of {@linkcode FieldScan.lines} has: start, colon, kind. */
export const LINE_ENTRY = 3;

/** What ends the fields: an empty line, or the end of the bytes. */
export type FieldsEnd = "empty_line" | "end_of_bytes";

const CLOSE = encodeLatin1("close");
const KEEP_ALIVE = encodeLatin1("keep-alive");
const UPGRADE = encodeLatin1("upgrade");
const CONTINUE = encodeLatin1("100-continue");
const TRAILERS = encodeLatin1("trailers");

// Fields that say where the message ends, where it goes or where it came from.
// Removing them because `Connection` names them has been an attack on several
// proxies (CVE-2022-1388, CVE-2022-31813).
const IRREMOVABLE: ReadonlySet<FieldKind> = new Set([
  FieldKind.host,
  FieldKind.contentLength,
  FieldKind.transferEncoding,
  FieldKind.via,
  FieldKind.forwarded,
  FieldKind.forwardedFor,
  FieldKind.forwardedProto,
  FieldKind.forwardedHost,
  FieldKind.forwardedOther,
  FieldKind.disguised,
]);

/** The fields of one message as {@linkcode scan} found them; reused from scan to scan. */
export class FieldScan {
  /** Three numbers a line: where it starts, where its colon is, its kind; old ones behind. */
  readonly #lines: number[] = [];
  #lineEntries = 0;
  /** The kinds that are there. */
  present: FieldKindSet = 0;
  /** The value of `Content-Length`, or -1. */
  contentLength = -1;
  /** True if `Transfer-Encoding: chunked` is there. */
  chunked = false;
  /** True if `Connection` has `close`. */
  close = false;
  /** True if `Connection` has `keep-alive`. */
  keepAlive = false;
  /** True if `Connection` has `upgrade`. */
  connectionUpgrade = false;
  /** True if `Connection` names fields to remove. */
  connectionNames = false;
  /** True if `Upgrade` names a protocol. */
  upgradeOffered = false;
  /** True if `Expect` is `100-continue`. */
  expectContinue = false;
  /** True if `TE` has `trailers`. */
  acceptsTrailers = false;
  /** Where the value of `Host` is, or -1. */
  hostStart = -1;
  /** Where the value of `Host` ends. */
  hostEnd = -1;

  /**
   * Reads field lines from `start`. Gives the position after them, or -1 if
   * they go on after `end`.
   *
   * @throws {HttpViolation} At the first thing wrong.
   */
  scan(
    bytes: Uint8Array,
    start: number,
    end: number,
    until: FieldsEnd,
    maxLines: number,
  ): number {
    this.#reset();
    let at = start;
    while (at < end) {
      const lineStart = at;
      while (at < end && TOKEN[bytes[at]!] === 1) at++;
      if (at === end) break;
      if (bytes[at] !== COLON || at === lineStart) {
        if (at > lineStart || bytes[at] !== CR || until === "end_of_bytes") {
          throw badName(bytes, lineStart, at);
        }
        if (at + 1 === end) break;
        if (bytes[at + 1] !== LF) throw badLineEnd();
        return at + 2;
      }
      const colon = at++;
      while (at < end && FIELD_VALUE[bytes[at]!] === 1) at++;
      if (at === end) break;
      if (bytes[at] !== CR) {
        if (bytes[at] === LF) throw badLineEnd();
        throw new HttpViolation("bad_field_value", "A header value has a control character");
      }
      if (at + 1 === end) break;
      if (bytes[at + 1] !== LF) throw badLineEnd();
      if (this.#lineEntries === maxLines * LINE_ENTRY) {
        throw new HttpViolation("too_many_fields", `More than ${maxLines} header lines`);
      }
      const kind = fieldKind(bytes, lineStart, colon);
      this.#lines[this.#lineEntries++] = lineStart;
      this.#lines[this.#lineEntries++] = colon;
      this.#lines[this.#lineEntries++] = kind;
      if (kind !== FieldKind.other) this.#note(kind, bytes, colon + 1, at);
      at += 2;
      if (at === end && until === "end_of_bytes") return at;
    }
    if (until === "empty_line") return -1;
    if (start === end) return end;
    throw badLineEnd();
  }

  /** The numbers of the lines, to keep: {@linkcode LINE_ENTRY} of them a line. */
  get lines(): number[] {
    return this.#lines.slice(0, this.#lineEntries);
  }

  /**
   * Whether the connection goes on after an HTTP/1.`minor` message.
   *
   * @throws {HttpViolation} If an HTTP/1.0 message says both yes and no, which
   * llhttp takes for a yes and RFC 9112 for a no.
   */
  persists(minor: 0 | 1): boolean {
    if (minor === 1) return !this.close;
    if (this.close && this.keepAlive) throw badConnection("Both close and keep-alive");
    return this.keepAlive;
  }

  #reset(): void {
    this.#lineEntries = 0;
    this.present = 0;
    this.contentLength = -1;
    this.chunked = false;
    this.close = false;
    this.keepAlive = false;
    this.connectionUpgrade = false;
    this.connectionNames = false;
    this.upgradeOffered = false;
    this.expectContinue = false;
    this.acceptsTrailers = false;
    this.hostStart = -1;
    this.hostEnd = -1;
  }

  #note(kind: FieldKind, bytes: Uint8Array, valueStart: number, lineEnd: number): void {
    const again = (this.present & (1 << kind)) !== 0;
    this.present |= 1 << kind;
    const start = skipBlanks(bytes, valueStart, lineEnd);
    const end = trimBlanks(bytes, start, lineEnd);
    switch (kind) {
      case FieldKind.host:
        if (again) throw new HttpViolation("duplicate_host", "More than one Host header");
        this.hostStart = start;
        this.hostEnd = end;
        break;
      case FieldKind.contentLength:
        if (again) {
          throw new HttpViolation("duplicate_content_length", "More than one Content-Length");
        }
        this.#refuseBoth(FieldKind.transferEncoding);
        this.contentLength = readLength(bytes, valueStart, lineEnd);
        break;
      case FieldKind.transferEncoding:
        if (again) {
          throw new HttpViolation("bad_transfer_encoding", "More than one Transfer-Encoding");
        }
        this.#refuseBoth(FieldKind.contentLength);
        readTransferEncoding(bytes, valueStart, lineEnd);
        this.chunked = true;
        break;
      case FieldKind.connection:
        refuseTab(bytes, valueStart, lineEnd);
        this.#noteConnection(bytes, start, end);
        break;
      case FieldKind.proxyConnection:
        refuseTab(bytes, valueStart, lineEnd);
        this.#noteProxyConnection(bytes, start, end);
        break;
      case FieldKind.upgrade:
        if (start < end) {
          readUpgrade(bytes, start, end);
          this.upgradeOffered = true;
        }
        break;
      case FieldKind.te:
        this.acceptsTrailers ||= hasMember(bytes, start, end, TRAILERS);
        break;
      case FieldKind.expect:
        this.expectContinue ||= equalsWord(bytes, start, end, CONTINUE);
        break;
      case FieldKind.disguised:
        throw new HttpViolation(
          "bad_field_name",
          "A framing header is spelled with an underscore",
        );
    }
  }

  #refuseBoth(other: FieldKind): void {
    if ((this.present & (1 << other)) !== 0) {
      throw new HttpViolation(
        "length_and_transfer_encoding",
        "Both Content-Length and Transfer-Encoding",
      );
    }
  }

  #noteConnection(bytes: Uint8Array, start: number, end: number): void {
    eachMember(bytes, start, end, (from, to) => {
      for (let at = from; at < to; at++) {
        if (TOKEN[bytes[at]!] !== 1) throw badConnection("Connection is not a list of tokens");
      }
      if (equalsWord(bytes, from, to, CLOSE)) {
        this.close = true;
      } else if (equalsWord(bytes, from, to, KEEP_ALIVE)) {
        this.keepAlive = true;
      } else if (equalsWord(bytes, from, to, UPGRADE)) {
        this.connectionUpgrade = true;
      } else if (IRREMOVABLE.has(fieldKind(bytes, from, to))) {
        throw badConnection("Connection names a header that must not be removed");
      } else {
        this.connectionNames = true;
      }
    });
  }

  /**
   * `Proxy-Connection` never was a standard, but llhttp and many others take it
   * for `Connection`; so its `close` counts, and an `upgrade` in it, which only
   * some would follow, is refused.
   */
  #noteProxyConnection(bytes: Uint8Array, start: number, end: number): void {
    eachMember(bytes, start, end, (from, to) => {
      if (equalsWord(bytes, from, to, CLOSE)) this.close = true;
      else if (equalsWord(bytes, from, to, KEEP_ALIVE)) this.keepAlive = true;
      else throw badConnection("Proxy-Connection is neither close nor keep-alive");
    });
  }
}

/** llhttp does not see `close` if a tab is behind it. */
function refuseTab(bytes: Uint8Array, start: number, end: number): void {
  for (let at = start; at < end; at++) {
    if (bytes[at] === HTAB) throw badConnection("A tab in Connection");
  }
}

function badName(bytes: Uint8Array, lineStart: number, at: number): HttpViolation {
  const octet = bytes[at];
  if (at === lineStart && (octet === LF || octet === CR)) return badLineEnd();
  if (at === lineStart && (octet === SP || octet === HTAB)) {
    return new HttpViolation("obs_fold", "A header line starts with a space");
  }
  return new HttpViolation("bad_field_name", "A header name is not a token followed by a colon");
}

function badLineEnd(): HttpViolation {
  return new HttpViolation("bad_line_end", "A line does not end with CRLF");
}

function badConnection(message: string): HttpViolation {
  return new HttpViolation("bad_connection", message);
}
