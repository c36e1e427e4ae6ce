/**
 * What a workload is: something done to a contender that gives figures.
 *
 * @module
 */

import type { Contender, Leg, Running } from "./contender.ts";
import type { LineProgram } from "./process/line_program.ts";

/** Figures of one run, by name. */
export type Sample = Readonly<Record<string, number>>;

/** What a figure means. */
export interface Figure {
  /** Its key in a {@linkcode Sample}. */
  readonly name: string;
  /** The head of its column. */
  readonly title: string;
  /** Which way is better; `neither` for what only explains. */
  readonly better: "more" | "less" | "neither";
}

/** How long and how much. */
export interface Scale {
  /** Seconds of one run, for workloads that are timed. */
  readonly seconds: number;
  /** Seconds of load before the first run of a contender that has just started. */
  readonly warmUpSeconds: number;
  /** How long a contender is watched, after that, for what it does when nobody visits. */
  readonly restMs: number;
  /** What workloads of a fixed amount do of it: 1 is all. */
  readonly amount: number;
}

/** What a workload runs with. */
export interface Stage {
  readonly app: Deno.NetAddr;
  readonly appPid: number;
  /** Our own load generator, for what wrk cannot do. */
  readonly generator: LineProgram;
  /** A second one, for load beside which something is measured. */
  readonly background: LineProgram;
  readonly scale: Scale;
  readonly leg: Leg;
  /** Aborted when the user wants no more. */
  readonly signal: AbortSignal;
}

/** Done to contenders that run, round by round. */
export interface Workload {
  readonly name: string;
  readonly title: string;
  /** Workloads of one group share the start and the warm-up of a contender. */
  readonly group: string;
  /** What is done, for the report: the command, or a sentence. */
  readonly method: string;
  /** The first one is what contenders are compared by. */
  readonly figures: readonly Figure[];
  /** Who takes part, instead of those whom the command line names. */
  readonly lineup?: (stage: Stage) => readonly Contender[];
  /**
   * Whether tun's executables take part without being named: they run the same code as the
   * checkout, and differ in how they start.
   */
  readonly withExecutables?: boolean;
  /** Rounds, where more would take too long or tell nothing. */
  readonly rounds?: number;
  /** Whether a contender is started for each round, and not once for all. */
  readonly startsAnew?: boolean;
  /** Why a contender cannot take part; undefined if it can. */
  readonly excludes?: (contender: Contender) => string | undefined;
  /** What a contender that has just started goes through before it is measured. */
  warmUp(running: Running, stage: Stage): Promise<void>;
  /** Does it once. */
  run(running: Running, stage: Stage): Promise<Sample>;
}
