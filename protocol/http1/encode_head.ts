/**
 * Writes heads. What is written has been checked: methods, targets, reasons
 * and blocks come from a parser, lines of our own from a {@linkcode HeaderEdit}.
 *
 * @module
 */

import { allocateBytes } from "../small_bytes.ts";
import type { HeaderBlock } from "./header_block.ts";
import { HeaderEdit } from "./header_edit.ts";
import { FIELD_VALUE, TARGET, TOKEN, writeLatin1 } from "./octets.ts";
import { STATUS_BYTES, writeStatus } from "./status_line.ts";

/** The fields of a head: as they came, or edited. */
export type HeadFields = HeaderBlock | HeaderEdit;

/** A request head to write. */
export interface RequestHeadParts {
  /** The method. */
  readonly method: string;
  /** The target; its bytes are written as they are. */
  readonly target: Uint8Array | string;
  /** The fields. */
  readonly fields: HeadFields;
}

/** A response head to write. */
export interface ResponseHeadParts {
  /** The status, 100 to 999. */
  readonly status: number;
  /** The reason phrase; its bytes are written as they are. */
  readonly reason: Uint8Array | string;
  /** The fields. */
  readonly fields: HeadFields;
}

/**
 * Writes a request head, always as HTTP/1.1, which is our own version.
 *
 * @throws {TypeError} If the method or the target cannot stand in a first line.
 */
export function encodeRequestHead(parts: RequestHeadParts): Uint8Array {
  requireAll(parts.method, TOKEN, "method");
  requireAll(parts.target, TARGET, "target");
  const { fields } = parts;
  const size = parts.method.length + 1 + parts.target.length + 11 + fields.byteLength + 2;
  const bytes = allocateBytes(size);
  let at = writeLatin1(parts.method, bytes, 0);
  bytes[at++] = 0x20;
  at = writeText(parts.target, bytes, at);
  at = writeLatin1(" HTTP/1.1\r\n", bytes, at);
  at = writeFields(fields, bytes, at);
  writeLatin1("\r\n", bytes, at);
  return bytes;
}

/**
 * Writes a response head, with `body` behind it if it is at hand: a small
 * response in one piece of memory and one write.
 *
 * @throws {TypeError} If the status or the reason cannot stand in a status line.
 */
export function encodeResponseHead(parts: ResponseHeadParts, body?: Uint8Array): Uint8Array {
  const { status, reason, fields } = parts;
  if (!Number.isInteger(status) || status < 100 || status > 999) {
    throw new TypeError(`Cannot write status ${status}: it does not have three digits`);
  }
  requireAll(reason, FIELD_VALUE, "reason");
  const headSize = STATUS_BYTES + reason.length + 2 + fields.byteLength + 2;
  const bytes = allocateBytes(headSize + (body?.length ?? 0));
  let at = writeStatus(1, status, bytes, 0);
  at = writeText(reason, bytes, at);
  at = writeLatin1("\r\n", bytes, at);
  at = writeFields(fields, bytes, at);
  at = writeLatin1("\r\n", bytes, at);
  if (body !== undefined) bytes.set(body, at);
  return bytes;
}

function writeFields(fields: HeadFields, target: Uint8Array, at: number): number {
  if (fields instanceof HeaderEdit) return fields.writeTo(target, at);
  const bytes = fields.bytes;
  target.set(bytes, at);
  return at + bytes.length;
}

function writeText(text: Uint8Array | string, target: Uint8Array, at: number): number {
  if (typeof text === "string") return writeLatin1(text, target, at);
  target.set(text, at);
  return at + text.length;
}

function requireAll(text: Uint8Array | string, table: Uint8Array, what: string): void {
  if (text.length === 0 && what !== "reason") throw new TypeError(`Cannot write an empty ${what}`);
  const { length } = text;
  for (let i = 0; i < length; i++) {
    const octet = typeof text === "string" ? text.charCodeAt(i) : text[i]!;
    if (table[octet] !== 1) throw new TypeError(`Cannot write ${what}: forbidden character`);
  }
}
