/**
 * `HTTP/1.0` and `HTTP/1.1`.
 *
 * @module
 */

import { encodeLatin1, NINE, ZERO } from "./octets.ts";
import { HttpViolation } from "./violation.ts";

const PREFIX = encodeLatin1("HTTP/");

/**
 * Reads the eight bytes of a version. Gives its second number, or -1 if they
 * are not all there.
 *
 * @throws {HttpViolation} If it is not a version, or neither 1.0 nor 1.1.
 */
export function readVersion(bytes: Uint8Array, start: number, end: number): 0 | 1 | -1 {
  const length = Math.min(8, end - start);
  for (let i = 0; i < length; i++) {
    const octet = bytes[start + i]!;
    const right = i < 5
      ? octet === PREFIX[i]
      : i === 6
      ? octet === 0x2e
      : octet >= ZERO && octet <= NINE;
    if (!right) throw new HttpViolation("bad_version", "The version is not one of HTTP");
  }
  if (length < 8) return -1;
  const minor = bytes[start + 7]! - ZERO;
  if (bytes[start + 5] !== ZERO + 1 || minor > 1) {
    throw new HttpViolation("version_not_supported", "The version is not HTTP/1.0 or HTTP/1.1");
  }
  return minor as 0 | 1;
}
