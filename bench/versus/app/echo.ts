/**
 * A WebSocket that sends every frame back.
 *
 * @module
 */

import { acceptFor } from "../../../protocol/websocket/handshake.ts";
import { writeAll } from "./write_all.ts";

/** Messages of the load are far shorter than this. */
const BUFFER_BYTES = 16 * 1024;

/** The mask bit, and the four bytes of the mask after a short length. */
const MASKED = 0x80;
const SHORT_LENGTH = 125;
const HEADER_BYTES = 6;

const ascii = new TextEncoder();

/** Upgrades, and echoes frames of at most 125 bytes until the peer goes. */
export async function echoFrames(
  connection: Deno.TcpConn,
  head: string,
  rest: Uint8Array,
): Promise<void> {
  const key = /\r\nsec-websocket-key: *(\S+)/i.exec(head)?.[1] ?? "";
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${await acceptFor(key)}`,
  ];
  await writeAll(connection, ascii.encode(`${lines.join("\r\n")}\r\n\r\n`));
  const buffer = new Uint8Array(BUFFER_BYTES);
  buffer.set(rest);
  for (let length = rest.length;;) {
    const { taken, given } = unmaskFrames(buffer, length);
    if (given > 0) await writeAll(connection, buffer.slice(0, given));
    buffer.copyWithin(0, taken, length);
    length -= taken;
    const read = await connection.read(buffer.subarray(length));
    if (read === null) return;
    length += read;
  }
}

/**
 * Turns the whole frames at the start of `bytes` into unmasked ones, in place: `given` bytes
 * of answers are at its start, `taken` bytes of frames are used up.
 */
export function unmaskFrames(
  bytes: Uint8Array,
  length: number,
): { readonly taken: number; readonly given: number } {
  let taken = 0;
  let given = 0;
  while (length - taken >= HEADER_BYTES) {
    const payload = bytes[taken + 1]! & ~MASKED;
    if (payload > SHORT_LENGTH) throw new RangeError("Cannot echo a frame of more than 125 bytes");
    const end = taken + HEADER_BYTES + payload;
    if (end > length) break;
    const mask = taken + 2;
    const key = [bytes[mask]!, bytes[mask + 1]!, bytes[mask + 2]!, bytes[mask + 3]!];
    const first = bytes[taken]!;
    for (let i = 0; i < payload; i++) {
      bytes[given + 2 + i] = bytes[taken + HEADER_BYTES + i]! ^ key[i & 3]!;
    }
    bytes[given] = first;
    bytes[given + 1] = payload;
    taken = end;
    given += 2 + payload;
  }
  return { taken, given };
}
