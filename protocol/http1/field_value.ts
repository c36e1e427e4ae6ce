/**
 * The values of the fields that frame a message and its connection.
 *
 * @module
 */

import {
  COMMA,
  encodeLatin1,
  equalsWord,
  HTAB,
  NINE,
  SEMICOLON,
  skipBlanks,
  SLASH,
  SP,
  TOKEN,
  trimBlanks,
  ZERO,
} from "./octets.ts";
import { HttpViolation } from "./violation.ts";

const CHUNKED = encodeLatin1("chunked");

/** Calls `visit` with the ends of each non-empty member of a comma-separated list. */
export function eachMember(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: (start: number, end: number) => void,
): void {
  let at = start;
  while (at < end) {
    let comma = at;
    while (comma < end && bytes[comma] !== COMMA) comma++;
    const from = skipBlanks(bytes, at, comma);
    const to = trimBlanks(bytes, from, comma);
    if (from < to) visit(from, to);
    at = comma + 1;
  }
}

/** True if the list has `word` as a member, with parameters or without. */
export function hasMember(
  bytes: Uint8Array,
  start: number,
  end: number,
  word: Uint8Array,
): boolean {
  let found = false;
  eachMember(bytes, start, end, (from, to) => {
    let nameEnd = from;
    while (nameEnd < to && bytes[nameEnd] !== SEMICOLON) nameEnd++;
    if (equalsWord(bytes, from, trimBlanks(bytes, from, nameEnd), word)) found = true;
  });
  return found;
}

/**
 * Reads `Content-Length`: digits, with SP around them.
 *
 * 16 digits hold every number below 2^53. A leading zero means octal to some,
 * and a tab has split parsers before.
 */
export function readLength(bytes: Uint8Array, valueStart: number, valueEnd: number): number {
  const start = skipSpaces(bytes, valueStart, valueEnd);
  const end = trimSpaces(bytes, start, valueEnd);
  const digits = end - start;
  let length = 0;
  for (let at = start; at < end; at++) {
    const octet = bytes[at]!;
    if (octet < ZERO || octet > NINE) length = NaN;
    length = length * 10 + octet - ZERO;
  }
  if (
    digits < 1 || digits > 16 || !Number.isSafeInteger(length) ||
    (digits > 1 && bytes[start] === ZERO)
  ) {
    throw new HttpViolation("bad_content_length", "Content-Length is not a plain number");
  }
  return length;
}

/**
 * Checks `Transfer-Encoding`, and returns only if it is just `chunked`, with SP
 * around it. (llhttp takes a tab before it, but not behind it.)
 */
export function readTransferEncoding(
  bytes: Uint8Array,
  valueStart: number,
  valueEnd: number,
): void {
  const start = skipSpaces(bytes, valueStart, valueEnd);
  const end = trimSpaces(bytes, start, valueEnd);
  if (equalsWord(bytes, start, end, CHUNKED)) return;
  let wellFormed = start < end;
  let chunkedBefore = false;
  for (let at = start; at <= end;) {
    let comma = at;
    while (comma < end && bytes[comma] !== COMMA) comma++;
    const from = skipBlanks(bytes, at, comma);
    const to = trimBlanks(bytes, from, comma);
    // After `chunked` no further coding is possible.
    if (from === to || chunkedBefore) wellFormed = false;
    chunkedBefore ||= equalsWord(bytes, from, to, CHUNKED);
    for (let i = from; i < to && bytes[i] !== SEMICOLON; i++) {
      if (TOKEN[bytes[i]!] !== 1) wellFormed = false;
    }
    for (let i = at; i < comma; i++) {
      if (bytes[i] === HTAB) wellFormed = false;
    }
    at = comma + 1;
  }
  throw wellFormed
    ? new HttpViolation("unknown_transfer_coding", "Transfer-Encoding is not just chunked")
    : new HttpViolation("bad_transfer_encoding", "Transfer-Encoding is malformed");
}

/** Checks `Upgrade`: `token[/token]` in every member, and at least one member. */
export function readUpgrade(bytes: Uint8Array, start: number, end: number): void {
  let members = 0;
  let bad = false;
  eachMember(bytes, start, end, (from, to) => {
    members++;
    let slashes = 0;
    for (let at = from; at < to; at++) {
      const octet = bytes[at]!;
      if (octet === SLASH && at > from && at + 1 < to) slashes++;
      else if (TOKEN[octet] !== 1) bad = true;
    }
    if (slashes > 1) bad = true;
  });
  if (bad || members === 0) {
    throw new HttpViolation("bad_upgrade", "Upgrade is not a list of protocols");
  }
}

function skipSpaces(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] === SP) at++;
  return at;
}

function trimSpaces(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && bytes[at - 1] === SP) at--;
  return at;
}
