/**
 * Writes chunked bodies.
 *
 * @module
 */

import type { HeaderBlock } from "./header_block.ts";
import { encodeLatin1 } from "./octets.ts";

/** What stands behind the data of a chunk. */
export const CHUNK_END: Uint8Array = encodeLatin1("\r\n");

/** The end of a chunked body without trailers. */
export const LAST_CHUNK: Uint8Array = encodeLatin1("0\r\n\r\n");

// Eight hex digits: no piece of memory is longer than 4 GiB.
const MAX_HEADER = 10;

/**
 * Writes what stands before the data of a chunk of `length` bytes, for a
 * caller that sends data which it does not want to copy.
 */
export function encodeChunkHeader(length: number): Uint8Array {
  if (length === 0) throw new RangeError("Cannot write a chunk of 0 bytes: it would end the body");
  return encodeLatin1(`${length.toString(16)}\r\n`);
}

/** Bytes to leave free around data so that {@linkcode frameChunk} can work in place. */
export const CHUNK_ROOM: { readonly before: number; readonly after: number } = {
  before: MAX_HEADER,
  after: 2,
};

/**
 * Makes a chunk of the data in `buffer` from `start` to `end` without moving
 * it, writing into the {@linkcode CHUNK_ROOM} around it; gives the whole chunk.
 */
export function frameChunk(buffer: Uint8Array, start: number, end: number): Uint8Array {
  const size = end - start;
  if (size === 0) throw new RangeError("Cannot write a chunk of 0 bytes: it would end the body");
  let at = start;
  buffer[--at] = 0x0a;
  buffer[--at] = 0x0d;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 16)) {
    const digit = rest % 16;
    buffer[--at] = digit < 10 ? 0x30 + digit : 0x57 + digit;
  }
  buffer[end] = 0x0d;
  buffer[end + 1] = 0x0a;
  return buffer.subarray(at, end + 2);
}

/** Makes a chunk by copying its data: for small pieces, one write instead of three. */
export function encodeChunk(data: Uint8Array): Uint8Array {
  const buffer = new Uint8Array(CHUNK_ROOM.before + data.length + CHUNK_ROOM.after);
  buffer.set(data, CHUNK_ROOM.before);
  return frameChunk(buffer, CHUNK_ROOM.before, CHUNK_ROOM.before + data.length);
}

/** Writes the end of a chunked body, with trailers. */
export function encodeLastChunk(trailers: HeaderBlock | null): Uint8Array {
  if (trailers === null) return LAST_CHUNK;
  const lines = trailers.bytes;
  const bytes = new Uint8Array(3 + lines.length + 2);
  bytes.set(LAST_CHUNK.subarray(0, 3));
  bytes.set(lines, 3);
  bytes.set(CHUNK_END, 3 + lines.length);
  return bytes;
}
