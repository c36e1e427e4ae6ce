/**
 * Reading the fields that carry signatures, strictly.
 *
 * @module
 */

import type { HeaderBlock } from "@tun/protocol/http1";
import { decodeHex } from "@std/encoding/hex";

/** Signatures looked at in one request: two secrets while they are changed, and room. */
export const MOST_SIGNATURES = 8;

/** The one value of a field; a field that is there twice says nothing for sure. */
export function onlyValue(headers: HeaderBlock, name: string): string | undefined {
  const values = headers.getAll(name);
  return values.length === 1 ? values[0] : undefined;
}

/** Whole seconds since 1970. */
export function secondsOf(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{1,12}$/.test(text) ? Number(text) : undefined;
}

/** The 32 bytes of an HMAC-SHA-256 in hex. */
export function hexSignature(text: string | undefined): Uint8Array | undefined {
  return text !== undefined && /^[0-9a-f]{64}$/i.test(text) ? decodeHex(text) : undefined;
}

/** The key of a secret that is used as the text it is. */
export function textKey(secret: string): Uint8Array {
  return new TextEncoder().encode(secret);
}
