/**
 * Which proxy stands between us and a server: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
 * `NO_PROXY`, in either case.
 *
 * @module
 */

import { Cidr } from "@tun/protocol/http1";
import type { Endpoint } from "../address/endpoint.ts";
import type { Environment } from "../environment.ts";

/** A proxy that is asked with `CONNECT`. */
export interface ProxyServer {
  readonly host: string;
  readonly port: number;
  /** If it wants to know who we are. */
  readonly credentials?: { readonly username: string; readonly password: string };
}

/** The value of a proxy variable cannot be used. */
export class ProxyError extends Error {
  override readonly name = "ProxyError";
  /** Stable, for programs. */
  readonly code = "usage";
}

/**
 * The proxy for an endpoint, or `undefined` if it is to be reached directly, as loopback always is.
 *
 * @throws {ProxyError} For a proxy that we cannot speak to.
 */
export function proxyFor(endpoint: Endpoint, env: Environment): ProxyServer | undefined {
  if (endpoint.isLoopback) return undefined;
  const names = endpoint.secure ? ["HTTPS_PROXY", "ALL_PROXY"] : ["HTTP_PROXY", "ALL_PROXY"];
  for (const name of names) {
    const text = variable(env, name);
    if (text === undefined) continue;
    return isExempt(endpoint, variable(env, "NO_PROXY") ?? "") ? undefined : parse(text, name);
  }
  return undefined;
}

/** Lower case wins, as in curl: `HTTP_PROXY` can come from a web server's request header. */
function variable(env: Environment, name: string): string | undefined {
  return env[name.toLowerCase()]?.trim() || env[name]?.trim() || undefined;
}

function parse(text: string, origin: string): ProxyServer {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  // The value is not shown: it may hold a password.
  if (url === null || url.hostname === "") {
    throw new ProxyError(`${origin}: expected http://host:port`);
  }
  if (url.protocol !== "http:") {
    throw new ProxyError(`${origin}: only http:// proxies are supported, got ${url.protocol}//`);
  }
  const username = decoded(url.username, origin);
  const password = decoded(url.password, origin);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? 80 : Number(url.port),
    ...(username === "" ? {} : { credentials: { username, password } }),
  };
}

function decoded(part: string, origin: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ProxyError(`${origin}: a % in the user or the password has to be written as %25`);
  }
}

function isExempt({ host, port }: Endpoint, list: string): boolean {
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === "") return false;
    if (entry === "*") return true;
    const pattern = entry.toLowerCase();
    // A colon alone is a port's; several are those of an IPv6 address.
    const [, name = pattern, only] = /^(\[.*\]|[^:]*):(\d+)$/.exec(pattern) ?? [];
    return (only === undefined || Number(only) === port) && matches(host, name);
  });
}

function matches(host: string, pattern: string): boolean {
  if (pattern.includes("/")) return Cidr.parse(pattern)?.contains(host) ?? false;
  const bare = pattern.replace(/^\[|\]$/g, "").replace(/^\*?\./, "");
  return host === bare || host.endsWith(`.${bare}`);
}
