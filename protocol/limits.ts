/**
 * Every bound on what a peer can make us do or hold, with the reason for its
 * number. A limit that is part of the wire (both ends must agree) is a constant
 * here; one that each end may choose for itself is a field of {@linkcode Limits}.
 *
 * @module
 */

const KIB = 1024;
const MIB = 1024 * KIB;

/** Link records are refused at the header beyond this, DATA apart: the handshake's JSON is the largest. */
export const MAX_HANDSHAKE_BYTES: number = 16 * KIB;

/** Bytes of text in a CLOSE record: one line for a person. */
export const MAX_REASON_BYTES = 256;

/** A DATA record is a view of a stream of bytes, so this bounds nothing but a typing error. */
export const MAX_DATA_RECORD_BYTES: number = 1 * MIB;

/**
 * The most that one pull hands to the transport: 1 ms at 1 Gbit/s, so little waits
 * behind it. There is room for frame headers, or 128 KiB of body would take two writes.
 */
export const PULL_BYTES: number = 128 * KIB + 64;

/**
 * Header block and fields of one OPEN, RESPONSE or TRAILERS. nginx and node
 * allow 32 and 16 KiB by default; apps that keep state in cookies have needed 64.
 */
export const MAX_HEAD_BYTES: number = 128 * KIB;

/** The piece of body that may ride in an OPEN or RESPONSE frame, and one DATA frame's payload. */
export const MAX_DATA_BYTES: number = 64 * KIB;

/** JSON of a control frame. */
export const MAX_CONTROL_BYTES: number = 16 * KIB;

/** Payload of a frame of a type that we may ignore. */
export const MAX_IGNORED_BYTES: number = 64 * KIB;

/** No window is larger, so that sums stay far from 2^32. */
export const MAX_WINDOW: number = 0x7fff_ffff;

/** Streams are named by 16 bits. */
export const MAX_SLOTS = 0x1_0000;

/** What one end of a session holds, grants and endures. */
export interface Limits {
  /** Streams open at once. @default {1024} */
  readonly streams: number;
  /** Bytes a new stream may send unasked. Two round trips of slow start of a fresh TCP connection. @default {65536} */
  readonly initialWindow: number;
  /** The most that one stream's window grows to: 1 Gbit/s at 100 ms, with room. @default {16777216} */
  readonly maxWindow: number;
  /**
   * Growth beyond the initial windows, over all streams of a session. A session
   * can make us hold `streams * initialWindow + growthBudget` bytes of bodies.
   * @default {33554432}
   */
  readonly growthBudget: number;
  /** Heads that have arrived and that nobody has taken yet. @default {4194304} */
  readonly headBudget: number;
  /** Bytes kept until the peer has acknowledged them, a direction: 64 KiB to 16 MiB. @default {16777216} */
  readonly resend: number;
  /** How long a link without a transport is kept. @default {60000} */
  readonly resumeMs: number;
  /** Silence after which we ask whether the peer is there. @default {10000} */
  readonly pingAfterMs: number;
  /** Silence after which the transport is dead. @default {15000} */
  readonly deadAfterMs: number;
  /** The time from the first byte to the end of a handshake. @default {10000} */
  readonly handshakeMs: number;
}

/** The limits that hold unless somebody says otherwise. */
export const DEFAULT_LIMITS: Limits = {
  streams: 1024,
  initialWindow: 64 * KIB,
  maxWindow: 16 * MIB,
  growthBudget: 32 * MIB,
  headBudget: 4 * MIB,
  resend: 16 * MIB,
  resumeMs: 60_000,
  pingAfterMs: 10_000,
  deadAfterMs: 15_000,
  handshakeMs: 10_000,
};

const RANGES: { readonly [Name in keyof Limits]: readonly [least: number, most: number] } = {
  streams: [1, MAX_SLOTS],
  initialWindow: [1 * KIB, 16 * MIB],
  maxWindow: [1 * KIB, 256 * MIB],
  growthBudget: [0, 1024 * MIB],
  headBudget: [MAX_HEAD_BYTES, 1024 * MIB],
  resend: [64 * KIB, 16 * MIB],
  resumeMs: [0, 24 * 60 * 60_000],
  pingAfterMs: [10, 60 * 60_000],
  deadAfterMs: [20, 60 * 60_000],
  handshakeMs: [10, 60_000],
};

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} If a limit is outside the range in which the protocol works.
 */
export function withDefaults(limits: Partial<Limits> = {}): Limits {
  const all: Limits = { ...DEFAULT_LIMITS, ...limits };
  for (const name of Object.keys(RANGES) as (keyof Limits)[]) {
    const value = all[name];
    const [least, most] = RANGES[name];
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      throw new RangeError(
        `Cannot use limit "${name}" as it must be a whole number from ${least} to ${most}: ${value}`,
      );
    }
  }
  if (all.maxWindow < all.initialWindow) {
    throw new RangeError(
      `Cannot use limit "maxWindow" as it must be at least "initialWindow": ${all.maxWindow}`,
    );
  }
  if (all.deadAfterMs <= all.pingAfterMs) {
    throw new RangeError(
      `Cannot use limit "deadAfterMs" as it must exceed "pingAfterMs": ${all.deadAfterMs}`,
    );
  }
  return all;
}
