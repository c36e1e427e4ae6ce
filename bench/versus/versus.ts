/**
 * `deno task bench versus`: tun against its rivals, on the same app and under the same load.
 *
 * @module
 */

import { print } from "../protocol/print.ts";
import { startApp } from "./app/app_process.ts";
import { LOOPBACK } from "./contender.ts";
import { gatherLineup } from "./lineup.ts";
import { HELP, parseOptions, type VersusOptions } from "./options.ts";
import { LineProgram } from "./process/line_program.ts";
import { describeCommit, describeMachine } from "./report/machine.ts";
import { renderMarkdown } from "./report/markdown.ts";
import type { Report, ReportedWorkload } from "./report/report.ts";
import { renderSvg } from "./report/svg.ts";
import { runGroup } from "./runner.ts";
import type { Scale, Workload } from "./workload.ts";
import { selectWorkloads } from "./workloads/all.ts";

const ROUNDS = 3;

const GENERATOR = new URL("./load/generator.ts", import.meta.url);

const FULL: Scale = { seconds: 1.5, warmUpSeconds: 2, restMs: 400, amount: 1 };
const QUICK: Scale = { seconds: 0.25, warmUpSeconds: 0.1, restMs: 20, amount: 1 / 512 };

/**
 * Runs what the command line asks for, and writes and prints the report.
 *
 * @throws {RangeError} For a command line that makes no sense.
 */
export async function runVersus(args: readonly string[]): Promise<boolean> {
  const options = parseOptions(args);
  if (options.help) {
    print(HELP);
    return true;
  }
  using signals = stopOnSignal();
  const command = `deno task bench versus ${args.join(" ")}`.trim();
  const report = await compare(options, { command, signal: signals.signal });
  await writeReport(report, options.out);
  return true;
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
    const [{ lineup, rounds: most = Infinity }] = group as [Workload];
    const rounds = options.rounds ?? (options.quick ? 1 : ROUNDS);
    results.push(
      ...await runGroup({
        contenders: lineup?.(stage) ?? present,
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

async function writeReport(report: Report, out: string): Promise<void> {
  const markdown = renderMarkdown(report);
  await Deno.mkdir(new URL(`${out}/..`, `file://${Deno.cwd()}/`), { recursive: true });
  await Deno.writeTextFile(`${out}.json`, `${JSON.stringify(report, null, 2)}\n`);
  await Deno.writeTextFile(`${out}.md`, markdown);
  const picture = renderSvg(report);
  if (picture !== undefined) await Deno.writeTextFile(`${out}.svg`, picture);
  const written = [".json", ".md", ...(picture === undefined ? [] : [".svg"])];
  print(`\n${markdown}\nWritten: ${written.map((ending) => out + ending).join(", ")}`);
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
