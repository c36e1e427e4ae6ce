/**
 * What a workload is: something done to a contender that gives figures.
 *
 * @module
 */

import type { Contender, Leg, Running } from "./contender.ts";
import type { LineShape } from "./network/shaped_path.ts";
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
  /** Seconds of load on a contender that has just started, before anything is measured. */
  readonly warmUpSeconds: number;
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

/** Done to contenders, one at a time, round by round. */
export interface Workload {
  readonly name: string;
  readonly title: string;
  /** Workloads of one group share a stage, and the start and the warm-up of a contender. */
  readonly group: string;
  /** The line between the two sides; absent: loopback. The same in the whole group. */
  readonly line?: LineShape;
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
  /** Contenders that do not take part unless they are named: what they would tell is known. */
  readonly leavesOut?: readonly string[];
  /** Rounds, where more would take too long or tell nothing. */
  readonly rounds?: number;
  /** Why a contender cannot take part; undefined if it can. */
  readonly excludes?: (contender: Contender) => string | undefined;
  /** What a contender that has just started goes through before it is measured. */
  warmUp(running: Running, stage: Stage): Promise<void>;
  /** Does it once. */
  run(running: Running, stage: Stage): Promise<Sample>;
}
