/**
 * The first line of a response.
 *
 * @module
 */

import { CR, encodeLatin1, FIELD_VALUE, LF, NINE, SP, ZERO } from "./octets.ts";
import { readVersion } from "./version.ts";
import { HttpViolation } from "./violation.ts";

/** The status line that {@linkcode scan} has read last; reused from scan to scan. */
export class StatusLine {
  /** The second number of the version. */
  minor: 0 | 1 = 1;
  /** The status. */
  status = 0;
  /** Where the reason phrase starts. */
  reasonStart = 0;
  /** Where the reason phrase ends. */
  reasonEnd = 0;
  /** Where the next line starts. */
  end = 0;

  /**
   * Reads the line at `start`; false if it goes on after `end`. The space
   * before an empty reason phrase may be missing, as many servers leave it out.
   */
  scan(bytes: Uint8Array, start: number, end: number, maxLength: number): boolean {
    const minor = readVersion(bytes, start, end);
    if (minor === -1) return false;
    this.minor = minor;
    let at = start + 8;
    if (at === end) return false;
    if (bytes[at++] !== SP) throw badLine();
    let status = 0;
    for (let digit = 0; digit < 3; digit++, at++) {
      if (at === end) return false;
      const octet = bytes[at]!;
      if (octet < ZERO || octet > NINE || (digit === 0 && octet === ZERO)) throw badLine();
      status = status * 10 + octet - ZERO;
    }
    this.status = status;
    if (at === end) return false;
    if (bytes[at] === SP) at++;
    else if (bytes[at] !== CR) throw badLine();
    this.reasonStart = at;
    const lineLimit = Math.min(end, start + maxLength);
    while (at < lineLimit && FIELD_VALUE[bytes[at]!] === 1) at++;
    this.reasonEnd = at;
    if (at < end && bytes[at] !== CR) throw bytes[at] === LF ? badLineEnd() : badLine();
    if (at + 1 >= end) return false;
    if (bytes[at + 1] !== LF) throw badLineEnd();
    this.end = at + 2;
    return true;
  }
}

const VERSION = encodeLatin1("HTTP/1.");

/** The length of what {@linkcode writeStatus} writes. */
export const STATUS_BYTES = 13;

/** Writes the version and the status, with the space behind it, and gives the position after it. */
export function writeStatus(minor: number, status: number, target: Uint8Array, at: number): number {
  for (let i = 0; i < VERSION.length; i++) target[at++] = VERSION[i]!;
  target[at++] = ZERO + minor;
  target[at++] = SP;
  target[at++] = ZERO + Math.floor(status / 100);
  target[at++] = ZERO + Math.floor(status / 10) % 10;
  target[at++] = ZERO + status % 10;
  target[at++] = SP;
  return at;
}

function badLine(): HttpViolation {
  return new HttpViolation("bad_status_line", "The first line is not a status line");
}

function badLineEnd(): HttpViolation {
  return new HttpViolation("bad_line_end", "A line does not end with CRLF");
}
