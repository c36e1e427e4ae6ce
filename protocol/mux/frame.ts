/**
 * Mux frames: what the payload of a link consists of.
 *
 * ```text
 *  0              3      4       5            7            8
 *  +--------------+------+-------+------------+------------+--------------+
 *  | length (u24) | type | flags | slot (u16) | generation | length bytes |
 *  +--------------+------+-------+------------+------------+--------------+
 * ```
 *
 * Slot and generation together name a stream; in a control frame they are zero.
 *
 * @module
 */

import { MAX_CONTROL_BYTES, MAX_DATA_BYTES, MAX_HEAD_BYTES, MAX_IGNORED_BYTES } from "../limits.ts";

/** Bytes before a frame's payload. */
export const FRAME_HEADER_BYTES = 8;

/** The types of version 1. Types from 0x80 may be ignored; others may not. */
export const FrameType = {
  open: 0x01,
  response: 0x02,
  data: 0x03,
  trailers: 0x04,
  credit: 0x05,
  reset: 0x06,
  claim: 0x10,
  claimed: 0x11,
  claimRefused: 0x12,
  release: 0x13,
  revoked: 0x14,
  auth: 0x15,
  authResult: 0x16,
  expiring: 0x17,
  goaway: 0x18,
} as const;

/** The flag that ends the sender's direction of a stream. */
export const FIN = 0x01;

/** The first type that a receiver which does not know it skips. */
export const FIRST_IGNORABLE_TYPE = 0x80;

/** Bytes of the length field before the head in OPEN and RESPONSE. */
export const HEAD_LENGTH_BYTES = 3;

/** What may be said of a type of frame. */
export interface FrameRule {
  /** The least payload. */
  readonly least: number;
  /** The most payload. */
  readonly most: number;
  /** Whether it is about a stream; its slot and generation are zero if not. */
  readonly stream: boolean;
  /** Who may send it. */
  readonly sender: "server" | "client" | "both";
  /** Whether FIN may be set. */
  readonly fin: "never" | "may" | "must";
}

const WITH_HEAD = {
  least: HEAD_LENGTH_BYTES + 1,
  most: HEAD_LENGTH_BYTES + MAX_HEAD_BYTES + MAX_DATA_BYTES,
  stream: true,
} as const;

const CONTROL = { least: 2, most: MAX_CONTROL_BYTES, stream: false, fin: "never" } as const;

const RULES: (FrameRule | undefined)[] = [];
RULES[FrameType.open] = { ...WITH_HEAD, sender: "server", fin: "may" };
RULES[FrameType.response] = { ...WITH_HEAD, sender: "client", fin: "may" };
RULES[FrameType.data] = {
  least: 0,
  most: MAX_DATA_BYTES,
  stream: true,
  sender: "both",
  fin: "may",
};
RULES[FrameType.trailers] = {
  least: 1,
  most: MAX_HEAD_BYTES,
  stream: true,
  sender: "both",
  fin: "must",
};
RULES[FrameType.credit] = { least: 4, most: 4, stream: true, sender: "both", fin: "never" };
RULES[FrameType.reset] = { least: 2, most: 2, stream: true, sender: "both", fin: "never" };
RULES[FrameType.claim] = { ...CONTROL, sender: "client" };
RULES[FrameType.claimed] = { ...CONTROL, sender: "server" };
RULES[FrameType.claimRefused] = { ...CONTROL, sender: "server" };
RULES[FrameType.release] = { ...CONTROL, sender: "client" };
RULES[FrameType.revoked] = { ...CONTROL, sender: "server" };
RULES[FrameType.auth] = { ...CONTROL, sender: "client" };
RULES[FrameType.authResult] = { ...CONTROL, sender: "server" };
RULES[FrameType.expiring] = { ...CONTROL, sender: "server" };
RULES[FrameType.goaway] = { ...CONTROL, sender: "both" };

const IGNORED: FrameRule = {
  least: 0,
  most: MAX_IGNORED_BYTES,
  stream: false,
  sender: "both",
  fin: "never",
};

/** The rule for frames of `type`, or `undefined` for a type that must not occur. */
export function frameRule(type: number): FrameRule | undefined {
  return type >= FIRST_IGNORABLE_TYPE ? IGNORED : RULES[type];
}

/** Writes a frame's header at `at` and returns where its payload starts. */
export function writeFrameHeader(
  into: Uint8Array,
  at: number,
  length: number,
  type: number,
  flags: number,
  slot: number,
  generation: number,
): number {
  into[at] = length >>> 16;
  into[at + 1] = length >>> 8;
  into[at + 2] = length;
  into[at + 3] = type;
  into[at + 4] = flags;
  into[at + 5] = slot >>> 8;
  into[at + 6] = slot;
  into[at + 7] = generation;
  return at + FRAME_HEADER_BYTES;
}
