/**
 * What to expose: `3000`, `host:port`, a URL or a unix socket.
 *
 * @module
 */

import { isIpv4, isIpv6, joinAuthority, parseAuthority } from "./authority.ts";
import { integerIn } from "../quantity.ts";
import { UsageError } from "../usage_error.ts";

/** What kind of tunnel: HTTP requests by name, or bytes of a public port. */
export type TunnelKind = "http" | "tcp";

/** How the local service is spoken to. */
export type TargetProtocol = "http" | "https" | "tcp";

/** A local service; nothing else is ever dialled, whatever a server sends. */
export type Target =
  | {
    readonly kind: "address";
    readonly protocol: TargetProtocol;
    /** As typed, in canonical form. */
    readonly host: string;
    readonly port: number;
    /** What to dial, in order; the first that answers is worth remembering. */
    readonly addresses: readonly string[];
  }
  | {
    readonly kind: "socket";
    readonly protocol: TargetProtocol;
    /** As typed: a relative one is relative to the working directory. */
    readonly path: string;
  };

/** The host that a bare port is on. */
const DEFAULT_HOST = "127.0.0.1";

const EXPECTED = "expected a port (3000), host:port, a URL or a unix socket path";

/** Dev servers listen on either, and which one `localhost` means differs between systems. */
const LOOPBACK_PAIR: readonly string[] = ["127.0.0.1", "::1"];

/** What a host means for dialling. "Every address" is what dev servers print, and no destination. */
function addressesOf(host: string): readonly string[] {
  if (host === "localhost") return LOOPBACK_PAIR;
  if (host === "0.0.0.0") return ["127.0.0.1"];
  if (host === "::") return ["::1", "127.0.0.1"];
  return [host];
}

function portOf(text: string, typed: string): number {
  const port = integerIn(text, 1, 65_535);
  if (port !== undefined) return port;
  throw new UsageError(`target ${JSON.stringify(typed)}: expected a port from 1 to 65535`);
}

/**
 * The target of a port and, if somebody named one, a host. Without a name both loopback addresses
 * are tried, 127.0.0.1 first.
 *
 * @throws {UsageError} For a host that is none.
 */
export function portTarget(port: number, kind: TunnelKind, host?: string): Target {
  const protocol = kind === "tcp" ? "tcp" : "http";
  if (host === undefined) {
    return { kind: "address", protocol, host: DEFAULT_HOST, port, addresses: LOOPBACK_PAIR };
  }
  const bare = isIpv6(host) && !host.startsWith("[") ? `[${host}]` : host;
  const authority = parseAuthority(bare);
  if (authority === undefined || authority.host === "" || authority.port !== undefined) {
    throw new UsageError(`--host: expected a host name or address, got ${JSON.stringify(host)}`);
  }
  return {
    kind: "address",
    protocol,
    host: authority.host,
    port,
    addresses: addressesOf(authority.host),
  };
}

function socketTarget(path: string, kind: TunnelKind): Target {
  if (path === "" || path.endsWith("/") || /\p{Cc}/u.test(path)) {
    throw new UsageError(`target ${JSON.stringify(path)}: expected the path of a unix socket`);
  }
  return { kind: "socket", protocol: kind === "tcp" ? "tcp" : "http", path };
}

function protocolOf(scheme: string, kind: TunnelKind, typed: string): TargetProtocol {
  if (kind === "tcp") {
    if (scheme === "tcp") return "tcp";
    throw new UsageError(
      `target ${JSON.stringify(typed)}: a tcp tunnel carries bytes, write host:port`,
    );
  }
  if (scheme === "http" || scheme === "https") return scheme;
  const hint = scheme === "tcp" ? "use `tun tcp`" : "expected http:// or https://";
  throw new UsageError(`target ${JSON.stringify(typed)}: ${hint}`);
}

/**
 * Reads a target.
 *
 * @throws {UsageError} In one line that says what was expected.
 */
export function parseTarget(typed: string, kind: TunnelKind): Target {
  const text = typed.trim();
  const shown = JSON.stringify(text);
  if (/^-?\d+$/.test(text)) return portTarget(portOf(text, text), kind);
  if (text.startsWith("unix:")) return socketTarget(text.slice("unix:".length), kind);
  if (/^\.{0,2}\//.test(text)) return socketTarget(text, kind);

  const url = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(text);
  const protocol = url === null
    ? kind === "tcp" ? "tcp" : "http"
    : protocolOf(url[1]!.toLowerCase(), kind, text);
  const rest = url === null ? text : url[2]!;
  const [, place = "", tail = ""] = /^([^/?#]*)(.*)$/.exec(rest)!;
  if (tail !== "" && tail !== "/") {
    throw new UsageError(`target ${shown}: a tunnel shares a whole service, leave out ${tail}`);
  }
  if (place.includes("@")) {
    throw new UsageError(`target ${shown}: leave out the user name and password`);
  }
  if (/^[^[]*:[^[]*:/.test(place)) {
    throw new UsageError(`target ${shown}: IPv6 addresses need brackets: [::1]:3000`);
  }
  const authority = parseAuthority(place);
  if (authority === undefined) throw new UsageError(`target ${shown}: ${EXPECTED}`);
  const { host, port } = authority;
  if (port === undefined && url === null) {
    const isHost = place === "" || place === "localhost" || isIpv4(place) ||
      /[a-z].*[.]|[.].*[a-z]/i.test(place);
    const hint = isHost ? `it needs a port: ${place || "localhost"}:3000` : EXPECTED;
    throw new UsageError(`target ${shown}: ${hint}`);
  }
  if (port === undefined && (protocol === "tcp" || host === "")) {
    throw new UsageError(`target ${shown}: it needs a host and a port`);
  }
  const number = port === undefined ? protocol === "https" ? 443 : 80 : portOf(port, text);
  if (host === "") return portTarget(number, kind);
  return { kind: "address", protocol, host, port: number, addresses: addressesOf(host) };
}

/** The target for people: `127.0.0.1:3000`, `https://localhost:8443`, `unix:/run/app.sock`. */
export function targetLabel(target: Target): string {
  if (target.kind === "socket") return `unix:${target.path}`;
  const place = joinAuthority(target.host, target.port);
  return target.protocol === "https" ? `https://${place}` : place;
}

/** The `Host` that the local service would see without a tunnel in front of it. */
export function hostHeaderOf(target: Target): string {
  if (target.kind === "socket") return "localhost";
  const standard = target.protocol === "https" ? 443 : 80;
  if (target.port !== standard) return joinAuthority(target.host, target.port);
  return isIpv6(target.host) ? `[${target.host}]` : target.host;
}

/**
 * One spelling for one service, so that `3000`, `localhost:3000` and `127.0.0.1:3000` keep one
 * URL. A relative socket path is resolved against `directory`.
 */
export function targetIdentity(target: Target, directory: string): string {
  if (target.kind === "socket") {
    const path = target.path.startsWith("/") ? target.path : `${directory}/${target.path}`;
    return `unix:${path.replace(/\/(\.\/)+/g, "/")}`;
  }
  const unspecified = target.host === "0.0.0.0" || target.host === "::";
  const local = unspecified || LOOPBACK_PAIR.includes(target.host) || target.host === "localhost";
  return joinAuthority(local ? "localhost" : target.host, target.port);
}
