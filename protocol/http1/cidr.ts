/**
 * Ranges of addresses, such as those of trusted proxies: `10.0.0.0/8`, `::1`.
 *
 * @module
 */

import { parseIp, parseIpv4, parseIpv6 } from "./ip_address.ts";

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
   * prefix must be zero: `10.0.0.1/8` is more likely a slip than a range.
   */
  static parse(text: string): Cidr | null {
    const [address, bitsText, more] = text.split("/");
    if (address === undefined || more !== undefined) return null;
    const base = parseIpv4(address) ?? parseIpv6(address);
    if (base === null) return null;
    const width = base.length * 8;
    if (bitsText !== undefined && !/^(?:0|[1-9][0-9]{0,2})$/.test(bitsText)) return null;
    const bits = bitsText === undefined ? width : Number(bitsText);
    if (bits > width) return null;
    for (let bit = bits; bit < width; bit++) {
      if ((base[bit >> 3]! >> (7 - (bit & 7))) & 1) return null;
    }
    return new Cidr(base, bits);
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
}
