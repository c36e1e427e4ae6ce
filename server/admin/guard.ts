/**
 * Who may use the admin side. Web pages never; strangers never where the network can reach
 * it; and whoever changes something shows the operators' token, also on loopback.
 *
 * @module
 */

import { parseAuthority } from "@tun/protocol/http1";
import type { Context, MiddlewareHandler } from "hono";
import { AdminError } from "./admin_error.ts";
import type { AdminToken } from "./admin_token.ts";

/** Why somebody was turned away. */
export type GuardReason = "origin_refused" | "host_refused" | "token_refused";

/** What the guard goes by. */
export interface GuardOptions {
  /** What the admin side listens on. */
  readonly hostname: string;
  /** Who is an operator. */
  readonly token: Pick<AdminToken, "accepts">;
  /** Somebody was turned away. */
  readonly onRefused: (reason: GuardReason) => void;
}

const READS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/** What a browser says when a person has typed the address, or asked for the page again. */
const BY_HAND = "none";

/** Makes the guard; `forAnybody` are paths that need neither token nor name. */
export function adminGuard(
  options: GuardOptions,
  forAnybody: ReadonlySet<string>,
): MiddlewareHandler {
  return async (c, next) => {
    const reason = await fault(c, options, forAnybody);
    c.header("Cache-Control", "no-store");
    c.header("X-Content-Type-Options", "nosniff");
    if (reason === undefined) return await next();
    options.onRefused(reason);
    if (reason === "token_refused") c.header("WWW-Authenticate", "Bearer");
    throw new AdminError(reason);
  };
}

async function fault(
  c: Context,
  { hostname, token }: GuardOptions,
  forAnybody: ReadonlySet<string>,
): Promise<GuardReason | undefined> {
  if (isOfPage(c)) return "origin_refused";
  if (forAnybody.has(c.req.path)) return undefined;
  // A page may point its own name at us: such a request has no Origin, but that Host.
  if (!isOwnHost(c.req.header("host"), hostname)) return "host_refused";
  const presented = /^Bearer ([\x21-\x7e]+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  const isOperator = presented !== undefined && await token.accepts(presented);
  // A wrong token is refused also where none is asked for: it is a mistake.
  const isFree = isLoopback(hostname) && READS.has(c.req.method) && presented === undefined;
  return isOperator || isFree ? undefined : "token_refused";
}

/** A page in somebody's browser must not reach what listens on their loopback. */
function isOfPage(c: Context): boolean {
  const site = c.req.header("sec-fetch-site") ?? BY_HAND;
  return c.req.header("origin") !== undefined || site !== BY_HAND;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** Nobody else can make an address, `localhost`, or the name we listen on, lead to them. */
function isOwnHost(header: string | undefined, hostname: string): boolean {
  const authority = header === undefined ? null : parseAuthority(header);
  if (authority === null) return false;
  const { kind, host } = authority;
  return kind !== "name" || host === "localhost" || host === hostname.toLowerCase();
}
