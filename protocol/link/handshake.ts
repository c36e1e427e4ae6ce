/**
 * HELLO, WELCOME and REFUSED: how a session begins.
 *
 * HELLO's layout is frozen for all versions, so that any server can at least say
 * in words a client understands that it speaks no common version:
 *
 * ```text
 *  't' 'u' 'n' | lowest version (u8) | highest version (u8) | JSON
 * ```
 *
 * WELCOME and REFUSED are JSON alone. Unknown keys are ignored everywhere: what
 * may not be ignored is named in HELLO's `require`.
 *
 * @module
 */

import { ACCESS_REQUIREMENT } from "../access/access_rules.ts";
import { HandshakeFailed, HandshakeRefused } from "../errors.ts";
import { type Limits, MAX_SLOTS, MAX_WINDOW } from "../limits.ts";
import { type JsonFields, readJson } from "./json_fields.ts";
import { encodeRecord, RecordType } from "./record.ts";

/** The one version there is. */
export const PROTOCOL_VERSION = 1;

/** Extensions that a HELLO may require of us. */
const KNOWN_REQUIREMENTS: ReadonlySet<string> = new Set([ACCESS_REQUIREMENT]);

/** What each end tells of its own limits. */
export interface Terms {
  /** Streams it lets be open at once. */
  readonly streams: number;
  /** Bytes that may be sent to it unasked on a new stream. */
  readonly window: number;
  /** Bytes that it keeps for resending, so the most that it leaves unacknowledged. */
  readonly resend: number;
}

/** A client's first words. */
export interface Hello {
  /** Lowest and highest version that the client speaks. */
  readonly versions: readonly [lowest: number, highest: number];
  /** Program and version, for logs. */
  readonly agent: string;
  /** 16 random bytes, in hex; the same again replaces the session that got lost with its WELCOME. */
  readonly nonce: string;
  /** The credential, if there is one. */
  readonly token?: string;
  /** Without tokens: the secret, in hex, that makes its holder an owner of names. */
  readonly leaseKey?: string;
  /** Extensions without which the client will not go on. */
  readonly require: readonly string[];
  /** The client's limits. */
  readonly terms: Terms;
}

/** A server's consent. */
export interface Welcome {
  /** The version spoken from here on. */
  readonly version: number;
  /** Program and version, for people. */
  readonly agent: string;
  /** Names the server process: another instance cannot resume this link. */
  readonly instance: string;
  /** Names the link, 16 bytes in hex. */
  readonly link: string;
  /** Proves who may resume the link, 32 bytes in hex. */
  readonly secret: string;
  /** How long the link is kept without a transport. */
  readonly resumeMs: number;
  /** Silence after which an end is asked whether it is there, and taken for dead. */
  readonly pingAfterMs: number;
  /** See `pingAfterMs`. */
  readonly deadAfterMs: number;
  /** The server's limits. */
  readonly terms: Terms;
}

const MAGIC = [0x74, 0x75, 0x6e] as const;
const JSON_AT = MAGIC.length + 2;

/** What a REFUSED says at most: a paragraph, and to come back within a day. */
const MAX_MESSAGE_CHARACTERS = 1000;
const MAX_WAIT_MS = 24 * 60 * 60_000;

const utf8 = new TextEncoder();

/** The record of a HELLO. */
export function encodeHello(hello: Hello): Uint8Array {
  const { versions: [lowest, highest], ...rest } = hello;
  const json = utf8.encode(JSON.stringify(rest));
  return encodeRecord(RecordType.hello, Uint8Array.of(...MAGIC, lowest, highest, ...json));
}

/**
 * Reads a HELLO's payload.
 *
 * @throws {HandshakeRefused} `bad_hello`, `version_mismatch` or
 * `requirement_unknown`: what to answer.
 */
export function decodeHello(payload: Uint8Array): Hello {
  if (payload.length < JSON_AT || MAGIC.some((byte, i) => payload[i] !== byte)) {
    throw new HandshakeRefused("bad_hello", "Cannot read the hello as it does not start with tun");
  }
  const lowest = payload[3]!;
  const highest = payload[4]!;
  if (lowest > PROTOCOL_VERSION || highest < PROTOCOL_VERSION) {
    throw new HandshakeRefused(
      "version_mismatch",
      `Cannot speak versions ${lowest} to ${highest} as this end speaks ${PROTOCOL_VERSION}`,
    );
  }
  const hello = readJson(payload.subarray(JSON_AT), "hello", (fields): Hello => ({
    versions: [lowest, highest],
    agent: fields.text("agent", 200),
    nonce: fields.hex("nonce", 16),
    ...fields.optionalText("token", 12 * 1024),
    ...fields.optionalHex("leaseKey", 32),
    require: fields.words("require"),
    terms: termsIn(fields),
  }), (why) => new HandshakeRefused("bad_hello", why));
  const unknown = hello.require.find((name) => !KNOWN_REQUIREMENTS.has(name));
  if (unknown !== undefined) {
    throw new HandshakeRefused(
      "requirement_unknown",
      `Cannot do what the hello requires: ${JSON.stringify(unknown)}`,
    );
  }
  return hello;
}

/** The record of a WELCOME. */
export function encodeWelcome(welcome: Welcome): Uint8Array {
  return encodeRecord(RecordType.welcome, utf8.encode(JSON.stringify(welcome)));
}

/**
 * Reads a WELCOME's payload.
 *
 * @throws {HandshakeFailed} `not_tun`.
 */
export function decodeWelcome(payload: Uint8Array): Welcome {
  return readJson(payload, "welcome", (fields): Welcome => ({
    version: fields.integer("version", PROTOCOL_VERSION, PROTOCOL_VERSION),
    agent: fields.text("agent", 200),
    instance: fields.text("instance", 64),
    link: fields.hex("link", 16),
    secret: fields.hex("secret", 32),
    resumeMs: fields.integer("resumeMs", 0, 24 * 60 * 60_000),
    pingAfterMs: fields.integer("pingAfterMs", 10, 60 * 60_000),
    deadAfterMs: fields.integer("deadAfterMs", 20, 60 * 60_000),
    terms: termsIn(fields),
  }), (why) => new HandshakeFailed("not_tun", why));
}

/** The record of a REFUSED. */
export function encodeRefused(refusal: HandshakeRefused): Uint8Array {
  const { code, message, final, retryAfterMs, reason } = refusal;
  return encodeRecord(
    RecordType.refused,
    utf8.encode(JSON.stringify({
      code,
      message: message.slice(0, MAX_MESSAGE_CHARACTERS),
      final,
      retryAfterMs: Math.min(Math.ceil(retryAfterMs), MAX_WAIT_MS),
      reason,
    })),
  );
}

/**
 * Reads a REFUSED's payload.
 *
 * @throws {HandshakeFailed} `not_tun`.
 */
export function decodeRefused(payload: Uint8Array): HandshakeRefused {
  return readJson(
    payload,
    "refusal",
    (fields) =>
      new HandshakeRefused(
        fields.text("code", 64),
        fields.text("message", MAX_MESSAGE_CHARACTERS),
        {
          final: fields.flag("final"),
          retryAfterMs: fields.integer("retryAfterMs", 0, MAX_WAIT_MS),
          ...fields.optionalText("reason", 64),
        },
      ),
    (why) => new HandshakeFailed("not_tun", why),
  );
}

/** What we tell the peer of our limits. */
export function termsOf({ streams, initialWindow, resend }: Limits): Terms {
  return { streams, window: initialWindow, resend };
}

function termsIn(fields: JsonFields): Terms {
  return fields.within("terms", (terms) => ({
    streams: terms.integer("streams", 1, MAX_SLOTS),
    window: terms.integer("window", 1024, MAX_WINDOW),
    resend: terms.integer("resend", 64 * 1024, 16 * 1024 * 1024),
  }));
}
