/**
 * Who may use the admin side. Web pages never; strangers never where the network can reach
 * it; and whoever changes something shows the operators' token, also on loopback.
 *
 * @module
 */

import { parseAuthority } from "@tun/protocol/http1";
import type { MiddlewareHandler } from "hono";
import type { AdminTokenCheck } from "./admin_token.ts";

/** What the guard goes by. */
export interface GuardOptions {
  /** What the admin side listens on. */
  readonly hostname: string;
  /** Who is an operator. */
  readonly token: AdminTokenCheck;
}

/** These tell nothing, and who probes uses a name that we cannot know. */
const FOR_ANYBODY: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

const READS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/** Makes the guard. */
export function adminGuard({ hostname, token }: GuardOptions): MiddlewareHandler {
  const isOpen = isLoopback(hostname);
  return async (c, next) => {
    // A page in somebody's browser must not reach what listens on their loopback.
    if (c.req.header("origin") !== undefined) return c.json({ error: "origin_refused" }, 403);
    if (FOR_ANYBODY.has(c.req.path)) return await next();
    // Nor may it point its own name at us: such a request has no Origin, but that Host.
    if (!isOwnHost(c.req.header("host"), hostname)) return c.json({ error: "host_refused" }, 403);
    const presented = /^Bearer ([\x21-\x7e]+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
    const isOperator = presented !== undefined && await token.accepts(presented);
    // A wrong token is refused also where none is asked for: it is a mistake.
    const mayPass = isOperator || (isOpen && READS.has(c.req.method) && presented === undefined);
    if (mayPass) return await next();
    c.header("WWW-Authenticate", "Bearer");
    return c.json({ error: "token_refused" }, 401);
  };
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
