/**
 * Everything that a run has found, as it is written to JSON: all else is drawn from it.
 *
 * @module
 */

import type { Figure, Sample, Scale } from "../workload.ts";
import type { Machine } from "./machine.ts";

/** A whole run. */
export interface Report {
  readonly started: string;
  readonly finished: string;
  readonly command: string;
  /** The commit of the checkout; "-dirty" if it was changed. */
  readonly commit: string;
  readonly machine: Machine;
  readonly settings: { readonly quick: boolean; readonly seed: number } & Scale;
  readonly contenders: readonly ReportedContender[];
  readonly workloads: readonly ReportedWorkload[];
  /** Workloads that were asked for and not begun, because the run was cut off. */
  readonly unfinished: readonly string[];
}

/** A contender, and whether it took part. */
export interface ReportedContender {
  readonly name: string;
  readonly family: "tun" | "http" | "raw" | "limit";
  readonly settings: string;
  /** Missing where it is not installed; then `missing` says why. */
  readonly version?: string;
  readonly missing?: string;
}

/** A workload and what everybody made of it. */
export interface ReportedWorkload {
  readonly name: string;
  readonly title: string;
  readonly method: string;
  readonly figures: readonly Figure[];
  readonly rounds: number;
  readonly results: readonly ReportedResult[];
  /** Contenders that are here and did not take part, since they would tell nothing new. */
  readonly leftOut?: readonly string[];
  /** Why nobody could do it. */
  readonly problem?: string;
}

/** One contender at one workload: a sample a round, or why there is none. */
export interface ReportedResult {
  readonly contender: string;
  readonly samples: readonly Sample[];
  /** Why a round, or all of them, failed, or why it did not take part. */
  readonly problem?: string;
}
