/**
 * Who a request comes from, when proxies of ours stand in between.
 *
 * @module
 */

import { FieldKind, kindSet } from "./field_kind.ts";
import type { HeaderBlock } from "./header_block.ts";
import { type Authority, parseAuthority } from "./host.ts";
import { formatIp, parseIp } from "./ip_address.ts";

/**
 * The origin of a request, as far as those we trust can tell. A class, because V8 would take what
 * a literal makes for each request for long-lived once many of them were.
 */
export class Visitor {
  /** The address. */
  readonly ip: string;
  /** How the visitor reached the first of our proxies, or us. */
  readonly scheme: "http" | "https";
  /** The host the visitor asked for, if a trusted proxy says that it was another one. */
  readonly host: Authority | null;

  /** Without a proxy of ours in between, there is no other host. */
  constructor(ip: string, scheme: "http" | "https", host: Authority | null = null) {
    this.ip = ip;
    this.scheme = scheme;
    this.host = host;
  }
}

/** What a proxy may say; most requests have none of it. */
const CLAIMS = kindSet(
  FieldKind.forwardedFor,
  FieldKind.forwardedProto,
  FieldKind.forwardedHost,
);

/**
 * Finds the visitor behind `peer`. If that is no proxy of ours, it is the
 * visitor, whatever it says. Otherwise `X-Forwarded-For` is read from its end,
 * which our own proxies wrote, to the first address that is not one of them.
 * Of `X-Forwarded-Proto` and `-Host` the last value counts, for the same reason.
 */
export function resolveVisitor(
  headers: HeaderBlock,
  peer: { readonly ip: string; readonly scheme: "http" | "https" },
  isTrusted: (ip: string) => boolean,
): Visitor {
  if ((headers.kinds & CLAIMS) === 0 || !isTrusted(peer.ip)) {
    return new Visitor(peer.ip, peer.scheme);
  }
  let ip = peer.ip;
  for (const member of membersOf(headers, "x-forwarded-for").reverse()) {
    const address = readNode(member);
    if (address === null) break;
    ip = address;
    if (!isTrusted(address)) break;
  }
  const scheme = membersOf(headers, "x-forwarded-proto").at(-1)?.toLowerCase();
  const host = membersOf(headers, "x-forwarded-host").at(-1);
  return new Visitor(
    ip,
    scheme === "http" || scheme === "https" ? scheme : peer.scheme,
    host === undefined ? null : parseAuthority(host),
  );
}

/** Reads an address that may have brackets and a port, as some proxies write. */
function readNode(text: string): string | null {
  const address = parseIp(text);
  if (address !== null) return formatIp(address);
  const authority = parseAuthority(text);
  return authority === null || authority.kind === "name" ? null : authority.host;
}

function membersOf(headers: HeaderBlock, name: string): string[] {
  return headers.getAll(name).flatMap((value) => value.split(","))
    .map((member) => member.trim())
    .filter((member) => member !== "");
}
