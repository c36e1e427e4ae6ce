/**
 * All contenders, in the order of the report.
 *
 * @module
 */

import type { Contender } from "../contender.ts";
import { bore } from "./bore.ts";
import { chisel } from "./chisel.ts";
import { direct } from "./direct.ts";
import { frp } from "./frp.ts";
import { haproxy } from "./haproxy.ts";
import { localtunnel } from "./localtunnel.ts";
import { piko } from "./piko.ts";
import { rathole } from "./rathole.ts";
import { ssh } from "./ssh.ts";
import { tinytun } from "./tinytun.ts";
import { tun, tunWays } from "./tun.ts";

/** Where `deno task build` puts tun's executables; the environment may name another folder. */
const executables = Deno.env.get("TUN_BIN_DIR") ??
  new URL("../../../dist", import.meta.url).pathname;

/** Every contender, whether it is here or not. */
export const CONTENDERS: readonly Contender[] = [
  ...tunWays(),
  // They start differently, and run the same code.
  tun({ kind: "http", carrier: "upgrade", executables }),
  frp({ kind: "http" }),
  // Faster for few visitors, slower for many new connections: so both.
  frp({ kind: "http", mux: false }),
  piko,
  localtunnel,
  frp({ kind: "tcp" }),
  frp({ kind: "tcp", mux: false }),
  frp({ kind: "tcp", tls: true }),
  rathole,
  bore,
  chisel,
  tinytun,
  ssh,
  direct,
  haproxy(1),
  haproxy(2),
];
