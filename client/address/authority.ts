/**
 * `host`, `host:port`, `[::1]:port` and `:port`, as people type them.
 *
 * @module
 */

/** A host, and a port if one was typed. */
export interface Authority {
  /** Lower case; IPv6 without brackets; empty for `:port`. */
  readonly host: string;
  /** As typed, not yet checked. */
  readonly port?: string;
}

/** Takes an authority apart; `undefined` if it is none. */
export function parseAuthority(text: string): Authority | undefined {
  const match = /^(\[[^\]]*\]|[^:[\]]*)(?::(.*))?$/.exec(text);
  if (match === null) return undefined;
  const [, typed = "", port] = match;
  const host = typed === "" ? "" : canonicalHost(typed);
  if (host === undefined) return undefined;
  return { host, ...(port === undefined ? {} : { port }) };
}

/** The host as the URL standard writes it (case, IDN, odd IPv4 forms), or nothing if it is none. */
function canonicalHost(typed: string): string | undefined {
  // What the URL parser would take for a separator, decode or silently drop.
  if (/[\s/\\?#@%<>^|"{}`]|\p{Cc}/u.test(typed)) return undefined;
  const url = URL.parse(`http://${typed}/`);
  return url?.hostname.replace(/^\[|\]$/g, "");
}

/** True for an IPv6 address literal. */
export function isIpv6(host: string): boolean {
  return host.includes(":");
}

/** True for an IPv4 address literal in canonical form. */
export function isIpv4(host: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(host);
}

/** True if traffic to this host never leaves the machine. */
export function isLoopbackHost(host: string): boolean {
  if (host === "localhost" || host.endsWith(".localhost") || host === "::1") return true;
  // ::ffff:127.0.0.1 in the form the URL standard gives it.
  if (/^::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}$/.test(host)) return true;
  return isIpv4(host) && host.startsWith("127.");
}

/** `host:port`, with the brackets IPv6 needs. */
export function joinAuthority(host: string, port: number): string {
  return isIpv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
