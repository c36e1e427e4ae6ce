/**
 * `host[:port]`, as in `Host` and in the authority of a target.
 *
 * Stricter than RFC 3986, which also lets a name hold percent-escapes and
 * `!$&'()*+,;=`: no such name exists in the DNS, and each of those has been a
 * way of smuggling a path or a second name past somebody. A name whose last
 * label is a number must be a plain IPv4 address, since `127.1` and
 * `0x7f000001` are addresses to some and names to others.
 *
 * @module
 */

import { formatIp, parseIpv4, parseIpv6 } from "./ip_address.ts";
import { COLON, latin1, NINE, UNDERSCORE, ZERO } from "./octets.ts";

/** What an authority names. */
export interface Authority {
  /**
   * Lower case, without the dot that may end a name, and for IPv6 the canonical
   * spelling without brackets; two hosts are the same if these are.
   */
  readonly host: string;
  /** The port, if one is given. */
  readonly port: number | null;
  /** Whether `host` is a name or an address. */
  readonly kind: "name" | "ipv4" | "ipv6";
}

// The DNS has no longer names and labels.
const MAX_NAME = 253;
const MAX_LABEL = 63;
const DOT = 0x2e;
const HYPHEN = 0x2d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Reads `host[:port]`, or gives `null` if it is anything else. */
export function parseAuthority(text: string): Authority | null {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return null;
    bytes[i] = code;
  }
  return readAuthority(bytes, 0, bytes.length);
}

/** Reads `host[:port]` from bytes, or gives `null` if it is anything else. */
export function readAuthority(bytes: Uint8Array, start: number, end: number): Authority | null {
  if (bytes[start] === OPEN_BRACKET) return readIpv6(bytes, start, end);
  let at = start;
  let labelStart = start;
  let upper = false;
  let labelHasLetter = false;
  for (; at < end; at++) {
    const octet = bytes[at]!;
    if (octet >= 0x61 && octet <= 0x7a) {
      labelHasLetter = true;
    } else if (octet >= 0x41 && octet <= 0x5a) {
      labelHasLetter = upper = true;
    } else if (octet === DOT) {
      if (at === labelStart || at - labelStart > MAX_LABEL) return null;
      // The dot that may end a name.
      if (at + 1 === end || bytes[at + 1] === COLON) break;
      labelStart = at + 1;
      labelHasLetter = false;
    } else if (octet === HYPHEN || octet === UNDERSCORE) {
      labelHasLetter = true;
    } else if (octet < ZERO || octet > NINE) {
      break;
    }
  }
  if (at === labelStart || at - labelStart > MAX_LABEL || at - start > MAX_NAME) return null;
  const port = readPort(bytes, bytes[at] === DOT && at < end ? at + 1 : at, end);
  if (port === undefined) return null;
  let host = latin1(bytes, start, at);
  if (upper) host = host.toLowerCase();
  if (!labelHasLetter) {
    return parseIpv4(host) === null ? null : { host, port, kind: "ipv4" };
  }
  if (bytes[labelStart] === ZERO && /^0x[0-9a-f]*$/.test(host.slice(labelStart - start))) {
    return null;
  }
  return { host, port, kind: "name" };
}

/** True if both name the same host and port. */
export function sameAuthority(a: Authority, b: Authority): boolean {
  return a.host === b.host && a.port === b.port && a.kind === b.kind;
}

/** Writes an authority in its canonical spelling. */
export function formatAuthority(authority: Authority): string {
  const host = authority.kind === "ipv6" ? `[${authority.host}]` : authority.host;
  return authority.port === null ? host : `${host}:${authority.port}`;
}

function readIpv6(bytes: Uint8Array, start: number, end: number): Authority | null {
  const close = bytes.indexOf(CLOSE_BRACKET, start);
  // 45 characters is the longest address: six groups and an IPv4 address.
  if (close === -1 || close >= end || close - start > 46) return null;
  const address = parseIpv6(latin1(bytes, start + 1, close));
  const port = readPort(bytes, close + 1, end);
  if (address === null || port === undefined) return null;
  return { host: formatIp(address), port, kind: "ipv6" };
}

/** The port after `:`, `null` if there is nothing, `undefined` if it is not a port. */
function readPort(bytes: Uint8Array, start: number, end: number): number | null | undefined {
  if (start === end) return null;
  if (bytes[start] !== COLON || end - start < 2 || end - start > 6) return undefined;
  let port = 0;
  for (let at = start + 1; at < end; at++) {
    const octet = bytes[at]!;
    if (octet < ZERO || octet > NINE) return undefined;
    port = port * 10 + octet - ZERO;
  }
  return port >= 1 && port <= 65535 ? port : undefined;
}
