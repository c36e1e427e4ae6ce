/**
 * Where our generator goes to visit a contender.
 *
 * @module
 */

import type { Running } from "../contender.ts";
import type { Entrance } from "../load/http_visitor.ts";

/** The entrance of a contender that runs. */
export function entranceOf({ address, host }: Running): Entrance {
  return { hostname: address.hostname, port: address.port, host };
}
