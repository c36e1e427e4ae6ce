/**
 * `deno task bench versus`: tun against its rivals, on the same app and under the same load.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { fail, print } from "../protocol/print.ts";
import { startApp } from "./app/app_process.ts";
import { LOOPBACK } from "./contender.ts";
import { gatherLineup, isExecutable } from "./lineup.ts";
import { HELP, parseOptions, type VersusOptions } from "./options.ts";
import { LineProgram } from "./process/line_program.ts";
import { describeCommit, describeMachine } from "./report/machine.ts";
import { renderMarkdown } from "./report/markdown.ts";
import { publishReport } from "./report/publish.ts";
import type { Report, ReportedWorkload } from "./report/report.ts";
import { renderSvg } from "./report/svg.ts";
import { runGroup } from "./runner.ts";
import type { Scale, Workload } from "./workload.ts";
import { selectWorkloads } from "./workloads/all.ts";

const ROUNDS = 3;

const EXIT_STOPPED = 1;
const EXIT_USAGE = 2;

const GENERATOR = new URL("./load/generator.ts", import.meta.url);

const FULL: Scale = { seconds: 1.5, warmUpSeconds: 2, restMs: 400, amount: 1 };
const QUICK: Scale = { seconds: 0.25, warmUpSeconds: 0.1, restMs: 20, amount: 1 / 512 };

/** Runs what the command line asks for, and writes and prints the report. */
export async function runVersus(args: readonly string[]): Promise<boolean> {
  using signals = stopOnSignal();
  try {
    const options = parseOptions(args);
    if (options.help) {
      print(HELP);
      return true;
    }
    const command = `deno task bench versus ${args.join(" ")}`.trim();
    await writeReport(await compare(options, { command, signal: signals.signal }), options);
    return true;
  } catch (error) {
    if (signals.signal.aborted) fail(EXIT_STOPPED, "Stopped: nothing was written");
    if (error instanceof RangeError) fail(EXIT_USAGE, error.message);
    throw error;
  }
}

/** Runs everybody through everything. */
export async function compare(
  options: VersusOptions,
  { command, signal }: { readonly command: string; readonly signal: AbortSignal },
): Promise<Report> {
  const started = new Date().toISOString();
  const machine = await describeMachine();
  const workloads = selectWorkloads(options.only);
  const { present, reported } = await gatherLineup(options);
  if (present.length === 0) throw new RangeError("Cannot compare: no such contender is here");
  await using app = await startApp();
  await using generator = new LineProgram(GENERATOR);
  await using background = new LineProgram(GENERATOR);
  const full = options.quick ? QUICK : FULL;
  const scale = { ...full, seconds: options.seconds ?? full.seconds };
  const stage = {
    app: app.address,
    appPid: app.pid,
    generator,
    background,
    scale,
    leg: LOOPBACK,
    signal,
  };
  const results: ReportedWorkload[] = [];
  for (const group of Map.groupBy(workloads, ({ group }) => group).values()) {
    const [{ lineup, withExecutables, rounds: most = Infinity }] = group as [Workload];
    const usual = withExecutables || options.contenders.length > 0
      ? present
      : present.filter((contender) => !isExecutable(contender));
    const rounds = options.rounds ?? (options.quick ? 1 : ROUNDS);
    results.push(
      ...await runGroup({
        contenders: lineup?.(stage) ?? usual,
        workloads: group,
        stage,
        rounds: Math.min(rounds, most),
        seed: options.seed,
      }),
    );
  }
  return {
    started,
    finished: new Date().toISOString(),
    command,
    commit: await describeCommit(),
    machine,
    settings: { quick: options.quick, seed: options.seed, ...scale },
    contenders: reported,
    workloads: results,
  };
}

async function writeReport(
  report: Report,
  { out, publish }: Pick<VersusOptions, "out" | "publish">,
): Promise<void> {
  await Deno.mkdir(dirname(resolve(out)), { recursive: true });
  const markdown = renderMarkdown(report);
  const picture = renderSvg(report);
  await Deno.writeTextFile(`${out}.json`, `${JSON.stringify(report, null, 2)}\n`);
  await Deno.writeTextFile(`${out}.md`, markdown);
  if (picture !== undefined) await Deno.writeTextFile(`${out}.svg`, picture);
  print(`\n${markdown}\nWritten: ${out}.json, and .md${picture === undefined ? "" : ", .svg"}`);
  if (publish) await publishReport(markdown, picture);
}

/** Nothing that was started may outlive us: a signal unwinds everything. */
function stopOnSignal(): Disposable & { readonly signal: AbortSignal } {
  const stop = new AbortController();
  const onSignal = () => stop.abort(new Error("Stopped by a signal"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, onSignal);
  return {
    signal: stop.signal,
    [Symbol.dispose]: () => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) {
        Deno.removeSignalListener(signal, onSignal);
      }
    },
  };
}
