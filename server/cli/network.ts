/**
 * Networks on the command line.
 *
 * @module
 */

import { Cidr } from "@tun/protocol/http1";
import { UsageError } from "./usage_error.ts";

/**
 * Reads a network, or one address.
 *
 * @throws {UsageError} In one line that says what was expected.
 */
export function parseNetwork(text: string, origin: string): Cidr {
  const network = Cidr.parse(text);
  if (network === null) throw new UsageError(`${origin}: ${Cidr.complaint(text)}`);
  return network;
}
