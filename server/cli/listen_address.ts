/**
 * Where to listen: `0.0.0.0:8080`, `[::]:8080`, `:8080` or `8080`.
 *
 * @module
 */

import type { ListenAddress } from "../listen_address.ts";
import { integerIn } from "./quantity.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Reads an address. `:8080` is every IPv4 address; a bare port is on the host of `fallback`, so
 * that `--admin 9000` does not open the admin API to the world.
 *
 * @throws {UsageError} In one line that says what was expected.
 */
export function parseListenAddress(
  text: string,
  fallback: ListenAddress,
  origin: string,
): ListenAddress {
  const match = /^(?:(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]*):)?(\d+)$/.exec(text);
  const port = integerIn(match?.[2] ?? "", 0, 65_535);
  const host = match?.[1];
  const hostname = host === undefined ? fallback.hostname : host === "" ? "0.0.0.0" : host;
  const valid = match !== null && port !== undefined && URL.canParse(`http://${hostname}/`);
  if (valid) return { hostname: hostname.replace(/^\[|\]$/g, ""), port };
  const why = match !== null && port === undefined
    ? "a port from 0 to 65535"
    : "host:port, [::]:port, :port or a port";
  throw new UsageError(`${origin}: expected ${why}, got ${JSON.stringify(text)}`);
}
