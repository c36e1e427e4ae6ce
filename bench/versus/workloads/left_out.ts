/**
 * Who is left out of which workloads, so that all of it fits half an hour: those of whom something
 * else in the same table tells as much. Naming a contender on the command line brings it back.
 *
 * @module
 */

/** After the handshake the same bytes go the same way as over `upgrade`. */
const AS_UPGRADE = "tun http over tcp";

/** One hop says what a proxy costs once; what limits a tunnel is two. */
const HALF_A_TUNNEL = "haproxy 1 hop";

/** What encryption costs is seen with large bodies. */
const ENCRYPTED: readonly string[] = ["frp tcp over tls"];

/** Out of requests: few. */
export const OUT_OF_REQUESTS: readonly string[] = [
  AS_UPGRADE,
  "tun tcp over tls",
  HALF_A_TUNNEL,
  ...ENCRYPTED,
];

/** Out of large bodies: frp is there with mux (http) and without (tcp). */
export const OUT_OF_BULK: readonly string[] = [
  AS_UPGRADE,
  HALF_A_TUNNEL,
  "frp http without mux",
  "frp tcp",
  "localtunnel",
];

/** Out of messages: the same, and those whose encryption is in the way. */
export const OUT_OF_MESSAGES: readonly string[] = [
  ...OUT_OF_BULK,
  ...ENCRYPTED,
  "tun tcp over tls",
  "ssh -R",
];

/** Out of bad company: what is compared is how bytes of many visitors are queued. */
export const OUT_OF_COMPANY: readonly string[] = [
  ...OUT_OF_MESSAGES,
  "tun http over websocket",
  "chisel",
  "haproxy 2 hops",
];

/** Out of long lines: the line is what bounds, so frp as in {@linkcode OUT_OF_BULK}. */
export const OUT_OF_NETWORK: readonly string[] = [
  AS_UPGRADE,
  HALF_A_TUNNEL,
  "frp http without mux",
  "frp tcp",
  ...ENCRYPTED,
];
