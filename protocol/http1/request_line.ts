/**
 * The first line of a request.
 *
 * @module
 */

import { CR, encodeLatin1, latin1, LF, SP, TARGET, TOKEN } from "./octets.ts";
import { readTarget, type RequestTarget } from "./target.ts";
import { readVersion } from "./version.ts";
import { HttpViolation } from "./violation.ts";

// The longest registered method has 17 letters (UPDATEREDIRECTREF).
const MAX_METHOD = 64;

/** The first line that {@linkcode scan} has read last; reused from scan to scan. */
export class RequestLine {
  /** The method. */
  method = "";
  /** Where the target starts. */
  targetStart = 0;
  /** Where the target ends. */
  targetEnd = 0;
  /** Which form the target has. */
  form: RequestTarget = { form: "origin" };
  /** The second number of the version. */
  minor: 0 | 1 = 1;
  /** Where the next line starts. */
  end = 0;

  /** Reads the line at `start`; false if it goes on after `end`. */
  scan(bytes: Uint8Array, start: number, end: number, maxLength: number): boolean {
    let at = start;
    const methodLimit = Math.min(end, start + MAX_METHOD + 1);
    while (at < methodLimit && TOKEN[bytes[at]!] === 1) at++;
    if (at === end && at - start <= MAX_METHOD) return false;
    if (at === start || at - start > MAX_METHOD) throw badMethod();
    if (bytes[at] !== SP) throw badLine();
    this.method = methodName(bytes, start, at);
    if (this.method === "CONNECT") {
      throw new HttpViolation("connect_refused", "CONNECT is for forward proxies");
    }
    // It opens HTTP/2, and llhttp stops at it.
    if (this.method === "PRI") throw badMethod();
    this.targetStart = ++at;
    const lineLimit = Math.min(end, start + maxLength);
    while (at < lineLimit && TARGET[bytes[at]!] === 1) at++;
    if (at === lineLimit) {
      if (lineLimit < end) throw tooLong(maxLength);
      return false;
    }
    if (bytes[at] !== SP) {
      if (bytes[at] === CR || bytes[at] === LF) throw badLine();
      throw new HttpViolation("bad_target", "The target has a forbidden character");
    }
    this.targetEnd = at;
    if (at === this.targetStart) throw badLine();
    const form = readTarget(bytes, this.targetStart, at, this.method);
    if (form === null) throw new HttpViolation("bad_target", "The target has no known form");
    this.form = form;
    const minor = readVersion(bytes, ++at, end);
    if (minor === -1) return false;
    this.minor = minor;
    at += 8;
    if (at - start > maxLength) throw tooLong(maxLength);
    if (at < end && bytes[at] !== CR) throw bytes[at] === LF ? badLineEnd() : badLine();
    if (at + 1 >= end) return false;
    if (bytes[at + 1] !== LF) throw badLineEnd();
    this.end = at + 2;
    return true;
  }
}

const COMMON_METHODS = ["GET", "POST", "HEAD", "PUT", "OPTIONS", "PATCH", "DELETE"]
  .map((name) => ({ name, bytes: encodeLatin1(name) }));

/** The method as text; without making a string of a common one. */
function methodName(bytes: Uint8Array, start: number, end: number): string {
  for (const common of COMMON_METHODS) {
    if (common.bytes.length !== end - start) continue;
    let i = 0;
    while (i < common.bytes.length && bytes[start + i] === common.bytes[i]) i++;
    if (i === common.bytes.length) return common.name;
  }
  return latin1(bytes, start, end);
}

function badMethod(): HttpViolation {
  return new HttpViolation("bad_method", "The method is not one");
}

function badLine(): HttpViolation {
  return new HttpViolation("bad_request_line", "The first line is not a request line");
}

function badLineEnd(): HttpViolation {
  return new HttpViolation("bad_line_end", "A line does not end with CRLF");
}

function tooLong(maxLength: number): HttpViolation {
  return new HttpViolation("target_too_long", `The first line is longer than ${maxLength} bytes`);
}
