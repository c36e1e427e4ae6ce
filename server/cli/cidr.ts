/**
 * Networks in CIDR notation: which proxies to believe.
 *
 * @module
 */

import { integerIn } from "./quantity.ts";
import { UsageError } from "./usage_error.ts";

/** A network. */
export interface Cidr {
  /** 4 or 16 bytes, the bits beyond the prefix zero. */
  readonly address: Uint8Array;
  /** How many bits count. */
  readonly prefix: number;
}

/** The four bytes of a dotted quad, or nothing. */
function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (const [index, part] of parts.entries()) {
    // "010" is eight to some and ten to others.
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes[index] = Number(part);
  }
  return bytes;
}

/** The sixteen bytes of an IPv6 address, or nothing. */
function parseIpv6(text: string): Uint8Array | undefined {
  if (!/^[0-9a-fA-F:.]+$/.test(text)) return undefined;
  const canonical = URL.parse(`http://[${text}]/`)?.hostname.slice(1, -1);
  if (canonical === undefined) return undefined;
  const [head = "", tail] = canonical.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups = [...before, ...Array(8 - before.length - after.length).fill("0"), ...after];
  return Uint8Array.from(groups.flatMap((group) => {
    const value = parseInt(group, 16);
    return [value >> 8, value & 0xff];
  }));
}

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** The bytes of an address; IPv4 in its IPv6 clothes (`::ffff:1.2.3.4`) is IPv4. */
export function parseAddress(text: string): Uint8Array | undefined {
  const bytes = text.includes(":") ? parseIpv6(text) : parseIpv4(text);
  const mapped = bytes?.length === 16 && MAPPED.every((byte, index) => bytes[index] === byte);
  return mapped ? bytes.subarray(12) : bytes;
}

function masked(address: Uint8Array, prefix: number): Uint8Array {
  return address.map((byte, index) => {
    const bits = Math.max(0, Math.min(8, prefix - index * 8));
    return byte & (0xff << (8 - bits));
  });
}

/**
 * Reads a network, or one address.
 *
 * @throws {UsageError} In one line that says what was expected.
 */
export function parseCidr(text: string, origin: string): Cidr {
  const [, place = "", length] = /^([^/]*)(?:\/(.*))?$/.exec(text) ?? [];
  const address = parseAddress(place.replace(/^\[|\]$/g, ""));
  const bits = (address?.length ?? 0) * 8;
  // The prefix of a mapped address counts the bits of its IPv6 form.
  const offset = place.includes(":") && bits === 32 ? 96 : 0;
  const prefix = length === undefined ? bits + offset : integerIn(length, offset, bits + offset);
  if (address === undefined || prefix === undefined) {
    throw new UsageError(
      `${origin}: expected an address or a network (10.0.0.0/8), got ${JSON.stringify(text)}`,
    );
  }
  return { address: masked(address, prefix - offset), prefix: prefix - offset };
}

/** The machine itself. */
export const LOOPBACK: readonly Cidr[] = [
  parseCidr("127.0.0.0/8", "loopback"),
  parseCidr("::1", "loopback"),
];

/** True if the address is in the network. */
export function cidrContains(cidr: Cidr, address: Uint8Array): boolean {
  if (address.length !== cidr.address.length) return false;
  const network = masked(address, cidr.prefix);
  return network.every((byte, index) => byte === cidr.address[index]);
}
