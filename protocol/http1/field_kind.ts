/**
 * The fields that mean something to us, told apart without making a string.
 *
 * @module
 */

import { encodeLatin1, UNDERSCORE } from "./octets.ts";

/** A field that means something to us; everything else is `other`. */
export const FieldKind = {
  other: 0,
  host: 1,
  contentLength: 2,
  transferEncoding: 3,
  connection: 4,
  proxyConnection: 5,
  keepAlive: 6,
  upgrade: 7,
  te: 8,
  trailer: 9,
  expect: 10,
  via: 11,
  forwarded: 12,
  forwardedFor: 13,
  forwardedProto: 14,
  forwardedHost: 15,
  /** `X-Real-IP` and every other `X-Forwarded-…`, also spelled with underscores. */
  forwardedOther: 16,
  http2Settings: 17,
  /** `Content_Length` and `Transfer_Encoding`: to CGI the same as with hyphens. */
  disguised: 18,
} as const;

/** The number of one kind of field. */
export type FieldKind = typeof FieldKind[keyof typeof FieldKind];

/** A set of kinds: bit `n` for kind `n`. */
export type FieldKindSet = number;

/** The set of these kinds. */
export function kindSet(...kinds: FieldKind[]): FieldKindSet {
  return kinds.reduce<number>((set, kind) => set | (1 << kind), 0);
}

const HOST = encodeLatin1("host");
const CONTENT_LENGTH = encodeLatin1("content-length");
const TRANSFER_ENCODING = encodeLatin1("transfer-encoding");
const CONNECTION = encodeLatin1("connection");
const PROXY_CONNECTION = encodeLatin1("proxy-connection");
const KEEP_ALIVE = encodeLatin1("keep-alive");
const UPGRADE = encodeLatin1("upgrade");
const TE = encodeLatin1("te");
const TRAILER = encodeLatin1("trailer");
const EXPECT = encodeLatin1("expect");
const VIA = encodeLatin1("via");
const FORWARDED = encodeLatin1("forwarded");
const X_FORWARDED = encodeLatin1("x-forwarded-");
const X_FORWARDED_FOR = encodeLatin1("x-forwarded-for");
const X_FORWARDED_PROTO = encodeLatin1("x-forwarded-proto");
const X_FORWARDED_HOST = encodeLatin1("x-forwarded-host");
const X_REAL_IP = encodeLatin1("x-real-ip");
const HTTP2_SETTINGS = encodeLatin1("http2-settings");

const DIFFERENT = 0;
const SAME = 1;
const UNDERSCORED = 2;

/** Tells which field the name in `bytes` from `start` to `end` is. */
export function fieldKind(bytes: Uint8Array, start: number, end: number): FieldKind {
  const first = bytes[start]! | 0x20;
  if (first === 0x78) return forwardedKind(bytes, start, end);
  switch (end - start) {
    case 2:
      return first === 0x74 ? pick(bytes, start, TE, FieldKind.te) : FieldKind.other;
    case 3:
      return first === 0x76 ? pick(bytes, start, VIA, FieldKind.via) : FieldKind.other;
    case 4:
      return first === 0x68 ? pick(bytes, start, HOST, FieldKind.host) : FieldKind.other;
    case 6:
      return first === 0x65 ? pick(bytes, start, EXPECT, FieldKind.expect) : FieldKind.other;
    case 7:
      if (first === 0x75) return pick(bytes, start, UPGRADE, FieldKind.upgrade);
      return first === 0x74 ? pick(bytes, start, TRAILER, FieldKind.trailer) : FieldKind.other;
    case 9:
      return first === 0x66 ? pick(bytes, start, FORWARDED, FieldKind.forwarded) : FieldKind.other;
    case 10:
      if (first === 0x63) return pick(bytes, start, CONNECTION, FieldKind.connection);
      return first === 0x6b ? pick(bytes, start, KEEP_ALIVE, FieldKind.keepAlive) : FieldKind.other;
    case 14:
      if (first === 0x63) return framingKind(bytes, start, CONTENT_LENGTH, FieldKind.contentLength);
      return first === 0x68
        ? pick(bytes, start, HTTP2_SETTINGS, FieldKind.http2Settings)
        : FieldKind.other;
    case 16:
      return first === 0x70
        ? pick(bytes, start, PROXY_CONNECTION, FieldKind.proxyConnection)
        : FieldKind.other;
    case 17:
      return first === 0x74
        ? framingKind(bytes, start, TRANSFER_ENCODING, FieldKind.transferEncoding)
        : FieldKind.other;
    default:
      return FieldKind.other;
  }
}

function forwardedKind(bytes: Uint8Array, start: number, end: number): FieldKind {
  const length = end - start;
  if (length === X_REAL_IP.length) {
    return compare(bytes, start, X_REAL_IP) === DIFFERENT
      ? FieldKind.other
      : FieldKind.forwardedOther;
  }
  if (length <= X_FORWARDED.length) return FieldKind.other;
  if (compare(bytes, start, X_FORWARDED) === DIFFERENT) return FieldKind.other;
  if (length === X_FORWARDED_FOR.length && compare(bytes, start, X_FORWARDED_FOR) === SAME) {
    return FieldKind.forwardedFor;
  }
  if (length === X_FORWARDED_PROTO.length && compare(bytes, start, X_FORWARDED_PROTO) === SAME) {
    return FieldKind.forwardedProto;
  }
  if (length === X_FORWARDED_HOST.length && compare(bytes, start, X_FORWARDED_HOST) === SAME) {
    return FieldKind.forwardedHost;
  }
  return FieldKind.forwardedOther;
}

function pick(bytes: Uint8Array, start: number, name: Uint8Array, kind: FieldKind): FieldKind {
  return compare(bytes, start, name) === SAME ? kind : FieldKind.other;
}

function framingKind(
  bytes: Uint8Array,
  start: number,
  name: Uint8Array,
  kind: FieldKind,
): FieldKind {
  const result = compare(bytes, start, name);
  if (result === SAME) return kind;
  return result === UNDERSCORED ? FieldKind.disguised : FieldKind.other;
}

/**
 * Compares a token with a lower-case name. Setting bit 5 is lower-casing here:
 * the only token bytes it maps onto a letter, digit or hyphen are the letters.
 */
function compare(bytes: Uint8Array, start: number, name: Uint8Array): number {
  let result = SAME;
  for (let i = 0; i < name.length; i++) {
    const octet = bytes[start + i]!;
    if ((octet | 0x20) === name[i]) continue;
    if (octet !== UNDERSCORE || name[i] !== 0x2d) return DIFFERENT;
    result = UNDERSCORED;
  }
  return result;
}
