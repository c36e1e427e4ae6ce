/**
 * Link records: what a transport's bytes consist of.
 *
 * ```text
 *  0      1              4
 *  +------+--------------+----------------------+
 *  | type | length (u24) | length bytes         |
 *  +------+--------------+----------------------+
 * ```
 *
 * Types from 0xF0 belong to the handshake: their first byte is never that of an
 * HTTP request or of a TLS record, so one port can serve all three.
 *
 * @module
 */

import { MAX_DATA_RECORD_BYTES, MAX_HANDSHAKE_BYTES, MAX_REASON_BYTES } from "../limits.ts";

/** Bytes before a record's payload. */
export const RECORD_HEADER_BYTES = 4;

/** The first byte of each record. */
export const RecordType = {
  data: 0x01,
  ack: 0x02,
  ping: 0x03,
  pong: 0x04,
  close: 0x05,
  hello: 0xf0,
  welcome: 0xf1,
  refused: 0xf2,
  resume: 0xf3,
  resumed: 0xf4,
} as const;

/** Bytes of an ACK, PING or PONG record, header included. */
export const CONTROL_RECORD_BYTES: number = RECORD_HEADER_BYTES + 8;

/**
 * The room kept free before every piece of retained payload, so that the
 * records that go before it, and its own header, leave in one write with it.
 */
export const HEADROOM_BYTES: number = 3 * CONTROL_RECORD_BYTES + RECORD_HEADER_BYTES;

/** The range of lengths that a record of `type` may have, or `undefined` for no such type. */
export function recordLengths(type: number): readonly [least: number, most: number] | undefined {
  switch (type) {
    case RecordType.data:
      return [1, MAX_DATA_RECORD_BYTES];
    case RecordType.ack:
    case RecordType.ping:
    case RecordType.pong:
      return [8, 8];
    case RecordType.close:
      return [2, 2 + MAX_REASON_BYTES];
    case RecordType.hello:
    case RecordType.welcome:
    case RecordType.refused:
    case RecordType.resume:
    case RecordType.resumed:
      return [2, MAX_HANDSHAKE_BYTES];
    default:
      return undefined;
  }
}

/** Writes a record's header at `at` and returns where its payload starts. */
export function writeRecordHeader(
  into: Uint8Array,
  at: number,
  type: number,
  length: number,
): number {
  into[at] = type;
  into[at + 1] = length >>> 16;
  into[at + 2] = length >>> 8;
  into[at + 3] = length;
  return at + RECORD_HEADER_BYTES;
}

/** Writes an ACK, PING or PONG with a number below 2^53 at `at` and returns where it ends. */
export function writeNumberRecord(
  into: Uint8Array,
  at: number,
  type: number,
  value: number,
): number {
  return writeU64(into, writeRecordHeader(into, at, type, 8), value);
}

/** Writes a whole number below 2^53 as a big-endian u64 and returns where it ends. */
export function writeU64(into: Uint8Array, at: number, value: number): number {
  const high = Math.floor(value / 0x1_0000_0000);
  into[at] = high >>> 24;
  into[at + 1] = high >>> 16;
  into[at + 2] = high >>> 8;
  into[at + 3] = high;
  into[at + 4] = value >>> 24;
  into[at + 5] = value >>> 16;
  into[at + 6] = value >>> 8;
  into[at + 7] = value;
  return at + 8;
}

/** Reads a big-endian u64; beyond 2^53 the result is inexact, and larger than anything valid. */
export function readU64(from: Uint8Array, at: number): number {
  const view = new DataView(from.buffer, from.byteOffset + at, 8);
  return view.getUint32(0) * 0x1_0000_0000 + view.getUint32(4);
}

const utf8 = new TextEncoder();

/** A CLOSE record; a reason that is too long is cut at a character. */
export function encodeClose(wireCode: number, reason: string): Uint8Array {
  const text = new Uint8Array(MAX_REASON_BYTES);
  const { written } = utf8.encodeInto(reason, text);
  return encodeRecord(
    RecordType.close,
    Uint8Array.of(wireCode >>> 8, wireCode, ...text.subarray(0, written)),
  );
}

/** A whole record in an array of its own, for the records that are rare. */
export function encodeRecord(type: number, payload: Uint8Array): Uint8Array {
  const record = new Uint8Array(RECORD_HEADER_BYTES + payload.length);
  record.set(payload, writeRecordHeader(record, 0, type, payload.length));
  return record;
}
