/**
 * The sending half of RFC 6455, without IO. Nothing here allocates: a frame is
 * written to memory that the caller owns, so that a header and a small payload
 * can share one buffer and one system call.
 *
 * @module
 */

import { MAX_CONTROL_PAYLOAD_BYTES, type Opcode } from "./frame.ts";
import { applyMask } from "./mask.ts";

const utf8 = new TextEncoder();

/**
 * Writes the header of an unfragmented frame to the start of `target` and gives
 * its size, at most `MAX_HEADER_BYTES`. A `mask` of four bytes makes it a
 * client's frame; the payload then has to be masked with the same bytes.
 */
export function encodeFrameHeader(
  target: Uint8Array,
  opcode: Opcode,
  payloadBytes: number,
  mask?: Uint8Array,
): number {
  const maskBit = mask === undefined ? 0 : 0x80;
  target[0] = 0x80 | opcode;
  let size: number;
  if (payloadBytes <= 125) {
    target[1] = maskBit | payloadBytes;
    size = 2;
  } else if (payloadBytes <= 0xffff) {
    target[1] = maskBit | 126;
    target[2] = payloadBytes >>> 8;
    target[3] = payloadBytes & 0xff;
    size = 4;
  } else {
    target[1] = maskBit | 127;
    let rest = payloadBytes;
    for (let i = 9; i >= 2; i--) {
      target[i] = rest % 0x100;
      rest = Math.floor(rest / 0x100);
    }
    size = 10;
  }
  if (mask !== undefined) {
    target.set(mask, size);
    size += 4;
  }
  return size;
}

/** Writes a whole frame, header and payload, to the start of `target` and gives its size. */
export function encodeFrame(
  target: Uint8Array,
  opcode: Opcode,
  payload: Uint8Array,
  mask?: Uint8Array,
): number {
  const header = encodeFrameHeader(target, opcode, payload.length, mask);
  const end = header + payload.length;
  target.set(payload, header);
  if (mask !== undefined) applyMask(target.subarray(header, end), mask);
  return end;
}

/**
 * Gives the payload of a Close frame. A reason that does not fit is cut at a
 * character, so that what is left is still UTF-8.
 */
export function closePayload(code: number, reason = ""): Uint8Array {
  const payload = new Uint8Array(MAX_CONTROL_PAYLOAD_BYTES);
  payload[0] = code >>> 8;
  payload[1] = code & 0xff;
  const { written } = utf8.encodeInto(reason, payload.subarray(2));
  return payload.subarray(0, 2 + written);
}
