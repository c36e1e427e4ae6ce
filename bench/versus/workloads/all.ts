/**
 * Every workload, in the order of the report.
 *
 * @module
 */

import type { Workload } from "../workload.ts";
import { BULK } from "./bulk.ts";
import { BESIDE_BULK, BESIDE_STALLED } from "./company.ts";
import { CONNECT_TIME } from "./connect_time.ts";
import { COST_GROWTH, IDLE_TUNNELS } from "./crowds.ts";
import { EVERYTHING_OFF } from "./everything_off.ts";
import { ECHO, EVENTS } from "./messages.ts";
import { NETWORK } from "./network.ts";
import { NEW_CONNECTIONS, POSTS, SMALL_GETS } from "./small_gets.ts";

/** Every workload. */
export const WORKLOADS: readonly Workload[] = [
  ...SMALL_GETS,
  NEW_CONNECTIONS,
  POSTS,
  ...BULK,
  BESIDE_STALLED,
  BESIDE_BULK,
  ...ECHO,
  EVENTS,
  CONNECT_TIME,
  EVERYTHING_OFF,
  IDLE_TUNNELS,
  COST_GROWTH,
  ...NETWORK,
];

/**
 * The workloads of the given names or groups, or all of them. A first part stands for all
 * that begin so: `network`, `echo`.
 *
 * @throws {RangeError} If there is no such workload.
 */
export function selectWorkloads(names: readonly string[]): readonly Workload[] {
  const fits = (workload: Workload, word: string) =>
    [workload.name, workload.group].some((name) => name === word || name.startsWith(`${word}-`));
  const unknown = names.find((word) => !WORKLOADS.some((workload) => fits(workload, word)));
  if (unknown !== undefined) {
    throw new RangeError(
      `Cannot run "${unknown}": the workloads are ${WORKLOADS.map(({ name }) => name).join(", ")}`,
    );
  }
  if (names.length === 0) return WORKLOADS;
  return WORKLOADS.filter((workload) => names.some((word) => fits(workload, word)));
}
