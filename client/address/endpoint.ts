/**
 * Where the tun server is: `--endpoint` taken apart.
 *
 * @module
 */

import { isIpv6, isLoopbackHost, joinAuthority, parseAuthority } from "./authority.ts";
import { integerIn } from "../quantity.ts";
import { closest } from "../suggestion.ts";
import { UsageError } from "../usage_error.ts";

/** The port of each scheme when none is typed. */
const DEFAULT_PORTS = { tcp: 7000, tls: 7000, ws: 80, wss: 443, http: 80, https: 443 } as const;

/** The ways to reach a server. */
export type EndpointScheme = keyof typeof DEFAULT_PORTS;

/** The endpoint when neither flag, environment nor config file names one. */
export const DEFAULT_ENDPOINT = "http://127.0.0.1:8080";

/** Where tunnels are asked for below the address of an HTTP endpoint. */
const CONNECT_PATH = "/connect";

/** A server to dial. */
export interface Endpoint {
  /** How to reach it. */
  readonly scheme: EndpointScheme;
  /** Canonical; IPv6 without brackets. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
  /** The path of the tunnel request; empty for `tcp` and `tls`. */
  readonly path: string;
  /** True if the connection is encrypted. */
  readonly secure: boolean;
  /** True if it never leaves the machine. */
  readonly isLoopback: boolean;
  /** True if no scheme was typed and https was assumed: worth saying when TLS fails. */
  readonly assumedScheme: boolean;
}

function isScheme(text: string): text is EndpointScheme {
  return Object.hasOwn(DEFAULT_PORTS, text);
}

function pathOf(scheme: EndpointScheme, tail: string, fail: (why: string) => UsageError): string {
  if (/[?#]/.test(tail)) throw fail("leave out the query and the fragment");
  const prefix = tail.replace(/\/+$/, "");
  if (scheme === "tcp" || scheme === "tls") {
    if (prefix !== "") throw fail(`${scheme} has no path, leave out ${tail}`);
    return "";
  }
  if (!/^[!-~]*$/.test(prefix)) throw fail("the path may hold visible ASCII only");
  return prefix.endsWith(CONNECT_PATH) ? prefix : prefix + CONNECT_PATH;
}

/**
 * Reads an endpoint. A path is where the server is mounted: `https://host/tun` asks for tunnels at
 * `/tun/connect`.
 *
 * @param origin Who said it, for the message: `--endpoint`, `TUN_ENDPOINT` or a line of a file.
 * @throws {UsageError} In one line that says what was expected.
 */
export function parseEndpoint(typed: string, origin = "--endpoint"): Endpoint {
  const text = typed.trim();
  const shown = JSON.stringify(text);
  const fail = (why: string): UsageError => new UsageError(`${origin} ${shown}: ${why}`);
  const url = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(text);
  const scheme = url === null ? "https" : url[1]!.toLowerCase();
  if (!isScheme(scheme)) {
    const guess = closest(scheme, Object.keys(DEFAULT_PORTS));
    const hint = guess === undefined ? "" : `, did you mean ${guess}://?`;
    throw fail(`expected https, http, wss, ws, tls or tcp${hint}`);
  }
  const [, place = "", tail = ""] = /^([^/?#]*)(.*)$/.exec(url === null ? text : url[2]!)!;
  if (place.includes("@")) {
    throw fail("leave out the user name and password, a credential goes into --token");
  }
  const authority = parseAuthority(place);
  if (authority === undefined || authority.host === "") {
    throw fail("expected a URL such as https://tun.example.com");
  }
  const port = authority.port === undefined
    ? DEFAULT_PORTS[scheme]
    : integerIn(authority.port, 1, 65_535);
  if (port === undefined) throw fail("expected a port from 1 to 65535");
  return {
    scheme,
    host: authority.host,
    port,
    path: pathOf(scheme, tail, fail),
    secure: scheme === "https" || scheme === "wss" || scheme === "tls",
    isLoopback: isLoopbackHost(authority.host),
    assumedScheme: url === null,
  };
}

/** The endpoint as a URL for people. */
export function endpointLabel(endpoint: Endpoint): string {
  const { scheme, host, port } = endpoint;
  const name = isIpv6(host) ? `[${host}]` : host;
  const place = port === DEFAULT_PORTS[scheme] ? name : joinAuthority(host, port);
  const path = endpoint.path === "" ? "" : endpoint.path.slice(0, -CONNECT_PATH.length);
  return `${scheme}://${place}${path}`;
}

/**
 * Under what credentials and lease keys are kept: `wss://h` and `https://h` are one listener, one
 * in clear and one encrypted are two.
 */
export function endpointIdentity(endpoint: Endpoint): string {
  const { scheme, host, port, path } = endpoint;
  const carrier = scheme === "ws" ? "http" : scheme === "wss" ? "https" : scheme;
  return `${carrier}://${joinAuthority(host, port)}${path}`;
}

/**
 * Why a token may not be sent to this endpoint, or nothing if it may: in clear it goes to this
 * machine only, unless the person insists.
 */
export function plaintextRefusal(endpoint: Endpoint, allowPlaintext: boolean): string | undefined {
  if (endpoint.secure || endpoint.isLoopback || allowPlaintext) return undefined;
  return `the token would go in clear over ${endpoint.scheme}:// to ${endpoint.host}: ` +
    `use an encrypted endpoint, or --allow-plaintext if you must`;
}
