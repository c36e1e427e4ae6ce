/**
 * Whose word about a visitor counts.
 *
 * @module
 */

import { type Cidr, parseIp } from "@tun/protocol/http1";

/** Addresses of which the answer is remembered. */
const MOST_KNOWN = 4096;

/** Says whether an address is one of our proxies. */
export function trustedProxies(networks: readonly Cidr[]): (ip: string) => boolean {
  const known = new Map<string, boolean>();
  return (ip) => {
    const answer = known.get(ip);
    if (answer !== undefined) return answer;
    const address = parseIp(ip);
    const isTrusted = address !== null && networks.some((one) => one.containsBytes(address));
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(ip, isTrusted);
    return isTrusted;
  };
}
