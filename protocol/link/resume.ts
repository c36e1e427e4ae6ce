/**
 * RESUME and RESUMED: how a link moves to another transport.
 *
 * ```text
 *  RESUME   link (16) | epoch (u32) | received (u64) | token (rest, may be empty) | MAC (32)
 *  RESUMED  link (16) | epoch (u32) | received (u64) | MAC (32)
 * ```
 *
 * The MAC is HMAC-SHA-256 with the secret from WELCOME over the ASCII word
 * `tun1 resume` or `tun1 resumed` and everything before the MAC. The word keeps
 * one from passing for the other; the epoch, which strictly rises, keeps an old
 * one from passing for a new one.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import { decodeHex, encodeHex } from "@std/encoding/hex";
import { HandshakeFailed, HandshakeRefused } from "../errors.ts";
import { encodeRecord, readU64, RecordType, writeU64 } from "./record.ts";

/** Bytes that name a link. */
export const LINK_ID_BYTES = 16;

/** Bytes of the secret that WELCOME gives. */
export const LINK_SECRET_BYTES = 32;

const MAC_BYTES = 32;
const EPOCH_AT = LINK_ID_BYTES;
const RECEIVED_AT = EPOCH_AT + 4;
const TOKEN_AT = RECEIVED_AT + 8;

/** What both records say. */
export interface ResumePoint {
  /** Names the link, in hex. */
  readonly link: string;
  /** Counts the transports of the link, as the client does. */
  readonly epoch: number;
  /** How many payload bytes the sender of the record has received. */
  readonly received: number;
}

/** A RESUME, taken apart and not yet believed. */
export interface ResumeRequest extends ResumePoint {
  /** A fresh credential, or empty. */
  readonly token: string;
  /** True if the record was made by someone who knows `secret`. */
  verify(secret: Uint8Array<ArrayBuffer>): Promise<boolean>;
}

const ascii = new TextEncoder();
const RESUME_WORD = ascii.encode("tun1 resume");
const RESUMED_WORD = ascii.encode("tun1 resumed");
const strictUtf8 = new TextDecoder("utf-8", { fatal: true });

/** The record of a RESUME. */
export async function encodeResume(
  point: ResumePoint,
  secret: Uint8Array<ArrayBuffer>,
  token = "",
): Promise<Uint8Array> {
  const said = concat([encodePoint(point), ascii.encode(token)]);
  const mac = await sign(secret, RESUME_WORD, said);
  return encodeRecord(RecordType.resume, concat([said, mac]));
}

/**
 * Takes a RESUME's payload apart.
 *
 * @throws {HandshakeRefused} `bad_hello`.
 */
export function decodeResume(payload: Uint8Array): ResumeRequest {
  if (payload.length < TOKEN_AT + MAC_BYTES) {
    throw new HandshakeRefused("bad_hello", "Cannot read the resume as it is too short");
  }
  const copy = payload.slice();
  const said = copy.subarray(0, copy.length - MAC_BYTES);
  const mac = copy.subarray(copy.length - MAC_BYTES);
  let token: string;
  try {
    token = strictUtf8.decode(said.subarray(TOKEN_AT));
  } catch (cause) {
    throw new HandshakeRefused("bad_hello", "Cannot read the resume as its token is not text", {
      cause,
    });
  }
  return { ...decodePoint(said), token, verify: (secret) => check(secret, RESUME_WORD, said, mac) };
}

/** The record of a RESUMED. */
export async function encodeResumed(
  point: ResumePoint,
  secret: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const said = encodePoint(point);
  return encodeRecord(
    RecordType.resumed,
    concat([said, await sign(secret, RESUMED_WORD, said)]),
  );
}

/**
 * Reads a RESUMED's payload, the answer to a RESUME with the same link and epoch.
 *
 * @throws {HandshakeFailed} `bad_proof`, unless the server knows the secret.
 */
export async function decodeResumed(
  payload: Uint8Array,
  asked: { readonly link: string; readonly epoch: number },
  secret: Uint8Array<ArrayBuffer>,
): Promise<ResumePoint> {
  const said = payload.slice(0, TOKEN_AT);
  const mac = payload.slice(TOKEN_AT);
  if (mac.length === MAC_BYTES && await check(secret, RESUMED_WORD, said, mac)) {
    const point = decodePoint(said);
    if (point.link === asked.link && point.epoch === asked.epoch) return point;
  }
  throw new HandshakeFailed("bad_proof", "The server did not prove that it holds the link");
}

function encodePoint({ link, epoch, received }: ResumePoint): Uint8Array<ArrayBuffer> {
  const said = new Uint8Array(TOKEN_AT);
  said.set(decodeHex(link));
  new DataView(said.buffer).setUint32(EPOCH_AT, epoch);
  writeU64(said, RECEIVED_AT, received);
  return said;
}

function decodePoint(said: Uint8Array): ResumePoint {
  return {
    link: encodeHex(said.subarray(0, LINK_ID_BYTES)),
    epoch: new DataView(said.buffer, said.byteOffset).getUint32(EPOCH_AT),
    received: readU64(said, RECEIVED_AT),
  };
}

async function importKey(secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign", "verify"]);
}

async function sign(
  secret: Uint8Array<ArrayBuffer>,
  word: Uint8Array,
  said: Uint8Array,
): Promise<Uint8Array> {
  const key = await importKey(secret);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, concat([word, said])));
}

/** Compares in constant time, which `verify` promises and `===` does not. */
async function check(
  secret: Uint8Array<ArrayBuffer>,
  word: Uint8Array,
  said: Uint8Array,
  mac: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  return await crypto.subtle.verify("HMAC", await importKey(secret), mac, concat([word, said]));
}
