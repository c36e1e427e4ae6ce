/**
 * Networks in CIDR notation: trusted proxies, and who may visit. `10.0.0.0/8`, `::1`.
 *
 * @module
 */

import { formatIp, isMappedIpv4, parseIp, parseIpv4, parseIpv6 } from "./ip_address.ts";

/** A mapped address has its IPv4 address behind so many bits. */
const MAPPED_BITS = 96;

/** A range of IP addresses of one family. */
export class Cidr {
  readonly #base: Uint8Array;
  readonly #bits: number;

  /** Use {@linkcode Cidr.parse}. */
  private constructor(base: Uint8Array, bits: number) {
    this.#base = base;
    this.#bits = bits;
  }

  /**
   * Reads `address/bits`, or an address alone. Bits of the address beyond the
   * prefix must be zero: `10.0.0.1/8` is more likely a slip than a range, and a rule
   * about who may come in should not be guessed. A mapped range
   * (`::ffff:10.0.0.0/104`) is the IPv4 range.
   */
  static parse(text: string): Cidr | null {
    const range = read(text);
    return range === null || hasBitsBeyond(range) ? null : new Cidr(range.base, range.bits);
  }

  /** One line, for people, that says what is wrong with what {@linkcode parse} refuses. */
  static complaint(text: string): string {
    const shown = JSON.stringify(text.slice(0, 100));
    const range = read(text);
    if (range === null) return `expected an address or a network (10.0.0.0/8), got ${shown}`;
    const { base, bits } = range;
    const network = new Cidr(base.map((byte, i) => byte & maskAt(bits, i)), bits);
    return `${shown} has bits beyond its prefix: did you mean ${network} or ${formatIp(base)}?`;
  }

  /** True if `ip` (text) is an address in the range; `::ffff:a.b.c.d` counts as IPv4. */
  contains(ip: string): boolean {
    const address = parseIp(ip);
    return address !== null && this.containsBytes(address);
  }

  /** As {@linkcode contains}, for 4 or 16 bytes. */
  containsBytes(address: Uint8Array): boolean {
    if (address.length !== this.#base.length) return false;
    const whole = this.#bits >> 3;
    for (let i = 0; i < whole; i++) {
      if (address[i] !== this.#base[i]) return false;
    }
    const rest = this.#bits & 7;
    if (rest === 0) return true;
    return (address[whole]! ^ this.#base[whole]!) >> (8 - rest) === 0;
  }

  /** The one canonical spelling. */
  toString(): string {
    return `${formatIp(this.#base)}/${this.#bits}`;
  }
}

interface Range {
  readonly base: Uint8Array;
  readonly bits: number;
}

function read(text: string): Range | null {
  const [address, bitsText, more] = text.split("/");
  if (address === undefined || more !== undefined) return null;
  const base = parseIpv4(address) ?? parseIpv6(address);
  if (base === null) return null;
  const width = base.length * 8;
  if (bitsText !== undefined && !/^(?:0|[1-9][0-9]{0,2})$/.test(bitsText)) return null;
  const bits = bitsText === undefined ? width : Number(bitsText);
  if (bits > width) return null;
  if (!isMappedIpv4(base)) return { base, bits };
  return bits < MAPPED_BITS ? null : { base: base.slice(12), bits: bits - MAPPED_BITS };
}

function hasBitsBeyond({ base, bits }: Range): boolean {
  return base.some((byte, i) => (byte & ~maskAt(bits, i)) !== 0);
}

/** The bits of byte `index` that the prefix covers. */
function maskAt(bits: number, index: number): number {
  const covered = Math.max(0, Math.min(8, bits - index * 8));
  return (0xff << (8 - covered)) & 0xff;
}
