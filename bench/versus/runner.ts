/**
 * Runs workloads: contenders start, warm up, and take turns, round by round.
 *
 * Turns, because the machine is never as quiet at one time as at another: what disturbs one
 * contender in a round disturbs the others too. The order is drawn anew each round, so that nobody
 * always comes after the same one. Who waits for a turn runs on, unless it is busy at rest: then it
 * is started for each turn.
 *
 * @module
 */

import { stripAnsiCode } from "@std/fmt/colors";
import { SeededRandom } from "../../tests/support/seeded_random.ts";
import { print } from "../protocol/print.ts";
import type { Contender, Running } from "./contender.ts";
import { usageOf } from "./process/usage.ts";
import type { ReportedResult, ReportedWorkload } from "./report/report.ts";
import type { Sample, Stage, Workload } from "./workload.ts";

/** A run that takes longer has failed, and the others go on. */
const RUN_TIMEOUT_MS = 60_000;

/** The share of a core that a contender may use at rest. */
const MAX_REST_SHARE = 0.08;

const MAX_PROBLEM_LENGTH = 300;

/** How workloads are run. */
export interface RunnerOptions {
  readonly contenders: readonly Contender[];
  readonly workloads: readonly Workload[];
  readonly stage: Stage;
  readonly rounds: number;
  readonly seed: number;
}

/** Runs workloads of one group, which share the start and the warm-up of contenders. */
export async function runGroup(options: RunnerOptions): Promise<readonly ReportedWorkload[]> {
  const { contenders, workloads, stage, rounds, seed } = options;
  const random = new SeededRandom(seed);
  const entries = contenders.map((contender) => new Entry(contender, workloads));
  await using undo = new AsyncDisposableStack();
  for (const entry of entries) undo.use(entry);
  for (let round = 0; round < rounds; round++) {
    for (const workload of workloads) {
      for (const entry of shuffled(entries, random)) {
        const words = await entry.take(workload, stage);
        print(`${workload.name} ${round + 1}/${rounds} ${entry.contender.name}: ${words}`);
        stage.signal.throwIfAborted();
      }
    }
  }
  return workloads.map(({ name, title, method, figures }) => ({
    name,
    title,
    method,
    figures,
    rounds,
    results: entries.map((entry) => entry.result(name)),
  }));
}

/** A contender in one group of workloads. */
class Entry implements AsyncDisposable {
  readonly contender: Contender;
  readonly #samples: ReadonlyMap<string, Sample[]>;
  readonly #problems = new Map<string, string>();
  #running: Running | undefined;
  /** Compilers get to work on what runs often, and windows and pools find their size. */
  #isWarm = false;
  /** Known after the first start. */
  #isRestless: boolean | undefined;

  constructor(contender: Contender, workloads: readonly Workload[]) {
    this.contender = contender;
    this.#samples = new Map(workloads.map(({ name }) => [name, []]));
  }

  /** Does a workload once, and says in a few words how it went. */
  async take(workload: Workload, stage: Stage): Promise<string> {
    const excluded = workload.excludes?.(this.contender);
    if (excluded !== undefined) {
      this.#problems.set(workload.name, excluded);
      return `left out, ${excluded}`;
    }
    try {
      if (workload.startsAnew) await this[Symbol.asyncDispose]();
      this.#running ??= await this.contender.start({ app: stage.app, leg: stage.leg });
      if (!this.#isWarm) {
        await withTimeout(workload.warmUp(this.#running, stage), stage.signal);
        this.#isWarm = true;
        this.#isRestless ??= await isRestless(this.#running, stage);
      }
      const sample = await withTimeout(workload.run(this.#running, stage), stage.signal);
      if (this.#isRestless) await this[Symbol.asyncDispose]();
      this.#samples.get(workload.name)!.push(sample);
      return workload.figures.filter(({ name }) => name in sample)
        .map(({ name, title }) => `${brief(sample[name]!)} ${title}`).join(", ");
    } catch (error) {
      // Whatever it was, the next round deserves a contender and a load that are sound.
      await this[Symbol.asyncDispose]();
      stage.signal.throwIfAborted();
      await Promise.all([stage.generator.restart(), stage.background.restart()]);
      const problem = oneLine(error instanceof Error ? error.message : String(error));
      this.#problems.set(workload.name, problem);
      return `failed, ${problem}`;
    }
  }

  result(workload: string): ReportedResult {
    const problem = this.#problems.get(workload);
    return {
      contender: this.contender.name,
      samples: this.#samples.get(workload)!,
      ...(problem === undefined ? {} : { problem }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    this.#isWarm = false;
    await running?.[Symbol.asyncDispose]();
  }
}

/**
 * Whether a contender keeps itself or the app busy when nobody visits: it would disturb the others
 * in their turns. The first look is some time after the load, when garbage has been collected.
 */
async function isRestless({ processes }: Running, { appPid, scale }: Stage): Promise<boolean> {
  const pids = [appPid, ...processes.map(({ pid }) => pid)];
  const pause = () => new Promise((resolve) => setTimeout(resolve, scale.restMs));
  await pause();
  const before = usageOf(pids).cpuSeconds;
  await pause();
  return (usageOf(pids).cpuSeconds - before) * 1000 / scale.restMs > MAX_REST_SHARE;
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
