/**
 * A whole run: every workload, one group after the other, each on its stage.
 *
 * What goes wrong in a group is reported, and the others go on.
 *
 * @module
 */

import { print } from "../protocol/print.ts";
import type { Contender } from "./contender.ts";
import { gatherLineup, isExecutable } from "./lineup.ts";
import type { VersusOptions } from "./options.ts";
import { describeCommit, describeMachine } from "./report/machine.ts";
import type { Report, ReportedWorkload } from "./report/report.ts";
import { runGroup } from "./runner.ts";
import { openStage } from "./stage.ts";
import type { Scale, Workload } from "./workload.ts";
import { selectWorkloads } from "./workloads/all.ts";

const ROUNDS = 3;

/** A just-in-time compiler needs some 40,000 requests until its code gets no faster. */
const WARM_UP_SECONDS = 4;

const FULL: Scale = { seconds: 1.5, warmUpSeconds: WARM_UP_SECONDS, amount: 1 };
const QUICK: Scale = { seconds: 0.25, warmUpSeconds: 0.25, amount: 1 / 512 };

/** What a run is told beside its options. */
export interface ComparisonContext {
  /** What was typed, for the report. */
  readonly command: string;
  /** Aborted when the user wants no more: the run then rejects, once nothing runs any longer. */
  readonly signal: AbortSignal;
  /** Called at the start and after each turn, with a report of what has been found so far. */
  readonly onProgress?: (report: Report) => Promise<void>;
}

/**
 * Runs everybody through everything.
 *
 * @throws {RangeError} If nobody, or nothing, of what was asked for is there.
 */
export async function compare(
  options: VersusOptions,
  { command, signal, onProgress }: ComparisonContext,
): Promise<Report> {
  const workloads = selectWorkloads(options.only);
  const { present, reported } = await gatherLineup(options);
  if (present.length === 0) throw new RangeError("Cannot compare: no such contender is here");
  const full = options.quick ? QUICK : FULL;
  const scale = { ...full, seconds: options.seconds ?? full.seconds };
  const frame = {
    started: new Date().toISOString(),
    command,
    commit: await describeCommit(),
    machine: await describeMachine(),
    settings: { quick: options.quick, seed: options.seed, ...scale },
    contenders: reported,
  };
  const done: ReportedWorkload[] = [];
  const reportWith = (current: readonly ReportedWorkload[]): Report => {
    const found = [...done, ...current];
    const names = new Set(found.map(({ name }) => name));
    const unfinished = workloads.map(({ name }) => name).filter((name) => !names.has(name));
    return { ...frame, finished: new Date().toISOString(), workloads: found, unfinished };
  };
  await onProgress?.(reportWith([]));
  for (const group of Map.groupBy(workloads, ({ group }) => group).values()) {
    done.push(
      ...await runOnStage(group, {
        options,
        present,
        scale,
        signal,
        onProgress: async (soFar) => await onProgress?.(reportWith(soFar)),
      }),
    );
  }
  return reportWith([]);
}

interface GroupContext {
  readonly options: VersusOptions;
  readonly present: readonly Contender[];
  readonly scale: Scale;
  readonly signal: AbortSignal;
  readonly onProgress: (soFar: readonly ReportedWorkload[]) => Promise<void>;
}

/** Runs one group; if it has no stage, says why. */
async function runOnStage(
  group: readonly Workload[],
  { options, present, scale, signal, onProgress }: GroupContext,
): Promise<readonly ReportedWorkload[]> {
  const [{ line, lineup, leavesOut = [], rounds: most = Infinity }] = group as [Workload];
  const usual = usualContenders(group, options, present);
  const rounds = options.rounds ?? Math.min(options.quick ? 1 : ROUNDS, most);
  try {
    await using stage = await openStage({ line, scale, signal });
    const reports = await runGroup({
      contenders: lineup?.(stage) ?? usual,
      workloads: group,
      stage,
      rounds,
      seed: options.seed,
      onProgress,
    });
    const leftOut = present.filter((contender) => !usual.includes(contender))
      .map(({ name }) => name).filter((name) => leavesOut.includes(name));
    return reports.map((report) => ({ ...report, leftOut }));
  } catch (error) {
    signal.throwIfAborted();
    const problem = error instanceof Error ? error.message : String(error);
    return group.map(({ name, title, method, figures }) => {
      print(`${name}: not run, ${problem}`);
      return { name, title, method, figures, rounds: 0, results: [], problem };
    });
  }
}

/** Those who were named, or all of whom a group tells something. */
function usualContenders(
  group: readonly Workload[],
  options: VersusOptions,
  present: readonly Contender[],
): readonly Contender[] {
  const [{ withExecutables = false, leavesOut = [] }] = group as [Workload];
  if (options.contenders.length > 0) return present;
  return present.filter((contender) =>
    (withExecutables || !isExecutable(contender)) && !leavesOut.includes(contender.name)
  );
}
