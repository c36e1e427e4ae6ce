/**
 * The protocols that an `Upgrade` field names.
 *
 * @module
 */

import type { HeaderBlock } from "./header_block.ts";

/** All of them, in order and in lower case: `["websocket"]`. */
export function upgradeProtocols(headers: HeaderBlock): string[] {
  return headers.getAll("upgrade").flatMap((value) => value.split(","))
    .map((protocol) => protocol.trim().toLowerCase())
    .filter((protocol) => protocol !== "");
}

/**
 * Those that may be passed on. HTTP/2 may not: it would make a tunnel of the
 * connection in which requests go past every rule we have.
 */
export function passableProtocols(protocols: readonly string[]): string[] {
  return protocols.filter((protocol) => !/^(?:h2c?|http)(?:[/-]|$)/.test(protocol));
}
