/**
 * Runs workloads: contenders take turns, round by round, and one is on the machine at a time.
 *
 * In its turn a contender starts, warms up, does all workloads of the group, and stops. Nobody runs
 * on until the next round: an idle program takes processor time from the others, and V8 drops
 * compiled code that has not run for some seconds, so that a runtime with a compiler would begin
 * each turn as slowly as after its start.
 *
 * Turns, because the machine is never as quiet at one time as at another: what disturbs one
 * contender in a round disturbs the others too. The order is drawn anew each round, so that nobody
 * always comes after the same one.
 *
 * @module
 */

import { stripAnsiCode } from "@std/fmt/colors";
import { SeededRandom } from "../../tests/support/seeded_random.ts";
import { print } from "../protocol/print.ts";
import type { Contender, Running } from "./contender.ts";
import type { ReportedResult, ReportedWorkload } from "./report/report.ts";
import type { Sample, Stage, Workload } from "./workload.ts";

/** A run that takes longer has failed, and the others go on. */
const RUN_TIMEOUT_MS = 60_000;

const MAX_PROBLEM_LENGTH = 300;

/** How workloads are run. */
export interface RunnerOptions {
  readonly contenders: readonly Contender[];
  /** Those of one group. */
  readonly workloads: readonly Workload[];
  readonly stage: Stage;
  readonly rounds: number;
  readonly seed: number;
  /** Called with what has been found so far, after each turn. */
  readonly onProgress?: (soFar: readonly ReportedWorkload[]) => Promise<void>;
}

/** Runs workloads of one group, which share the start and the warm-up of a contender. */
export async function runGroup(options: RunnerOptions): Promise<readonly ReportedWorkload[]> {
  const { contenders, workloads, stage, rounds, seed, onProgress } = options;
  const random = new SeededRandom(seed);
  const entries = contenders.map((contender) => new Entry(contender, workloads));
  const report = (done: number): readonly ReportedWorkload[] =>
    workloads.map(({ name, title, method, figures }) => ({
      name,
      title,
      method,
      figures,
      rounds: done,
      results: entries.map((entry) => entry.result(name)),
    }));
  for (let round = 1; round <= rounds; round++) {
    for (const entry of shuffled(entries, random)) {
      await entry.takeTurn(stage, (workload, words) => {
        print(`${workload} ${round}/${rounds} ${entry.contender.name}: ${words}`);
      });
      await onProgress?.(report(round));
    }
  }
  return report(rounds);
}

/** A contender in one group of workloads. */
class Entry {
  readonly contender: Contender;
  readonly #workloads: readonly Workload[];
  readonly #samples: ReadonlyMap<string, Sample[]>;
  readonly #problems = new Map<string, string>();
  /** Runs, and is warm. */
  #running: Running | undefined;
  /** Why it could not start; there is no second attempt. */
  #refusal: string | undefined;

  constructor(contender: Contender, workloads: readonly Workload[]) {
    this.contender = contender;
    this.#workloads = workloads;
    this.#samples = new Map(workloads.map(({ name }) => [name, []]));
  }

  /** Does all workloads once, and says in a few words how each went. */
  async takeTurn(stage: Stage, say: (workload: string, words: string) => void): Promise<void> {
    try {
      for (const workload of this.#workloads) {
        say(workload.name, await this.#take(workload, stage));
        stage.signal.throwIfAborted();
      }
    } finally {
      await this.#stop();
    }
  }

  async #take(workload: Workload, stage: Stage): Promise<string> {
    const excluded = workload.excludes?.(this.contender);
    if (excluded !== undefined) {
      this.#problems.set(workload.name, excluded);
      return `left out, ${excluded}`;
    }
    try {
      const running = this.#running ??= await this.#start(workload, stage);
      const sample = await withTimeout(workload.run(running, stage), stage.signal);
      this.#samples.get(workload.name)!.push(sample);
      return workload.figures.filter(({ name }) => name in sample)
        .map(({ name, title }) => `${brief(sample[name]!)} ${title}`).join(", ");
    } catch (error) {
      // Whatever it was, the next workload deserves a contender and a load that are sound.
      await this.#stop();
      stage.signal.throwIfAborted();
      await Promise.all([stage.generator.restart(), stage.background.restart()]);
      const problem = oneLine(error instanceof Error ? error.message : String(error));
      this.#problems.set(workload.name, problem);
      return `failed, ${problem}`;
    }
  }

  async #start(workload: Workload, stage: Stage): Promise<Running> {
    if (this.#refusal !== undefined) throw new Error(this.#refusal);
    const { app, leg, signal } = stage;
    try {
      this.#running = await this.contender.start({ app, leg });
    } catch (error) {
      this.#refusal = error instanceof Error ? error.message : String(error);
      throw error;
    }
    await withTimeout(workload.warmUp(this.#running, stage), signal);
    return this.#running;
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.[Symbol.asyncDispose]();
  }

  result(workload: string): ReportedResult {
    const problem = this.#problems.get(workload);
    return {
      contender: this.contender.name,
      samples: this.#samples.get(workload)!,
      ...(problem === undefined ? {} : { problem }),
    };
  }
}

/** What programs say on many lines and in colours, short enough for a report. */
function oneLine(text: string): string {
  return stripAnsiCode(text).replace(/\s+/g, " ").slice(0, MAX_PROBLEM_LENGTH);
}

async function withTimeout<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`took longer than ${RUN_TIMEOUT_MS / 1000} s`)),
    RUN_TIMEOUT_MS,
  );
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

function shuffled<T>(list: readonly T[], random: SeededRandom): readonly T[] {
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
}

function brief(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
