/**
 * tun as it comes, against tun with everything off that can be.
 *
 * @module
 */

import { tun } from "../rivals/tun.ts";
import type { Workload } from "../workload.ts";
import { SMALL_GETS } from "./small_gets.ts";

const MANY = SMALL_GETS.find(({ name }) => name === "small-64")!;

/** What can be turned off, and what costs something for each request. */
const OFF: readonly string[] = ["--access-log=off", "--log-level=error"];

/** The same load as `small-64`. */
export const EVERYTHING_OFF: Workload = {
  ...MANY,
  name: "defaults",
  title: "tun as it comes, and with everything off that can be",
  group: "defaults",
  lineup: () => [
    tun({ kind: "http", carrier: "upgrade", name: "tun as it comes" }),
    tun({ kind: "http", carrier: "upgrade", name: "tun, all off", serverFlags: OFF }),
  ],
};
