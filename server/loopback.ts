/**
 * The machine itself, as a set of networks.
 *
 * @module
 */

import { Cidr } from "@tun/protocol/http1";

/** In either family. */
export const LOOPBACK: readonly Cidr[] = [Cidr.parse("127.0.0.0/8")!, Cidr.parse("::1")!];
