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
import { describeMachine } from "./report/machine.ts";
import { renderMarkdown } from "./report/markdown.ts";
import type { Report, ReportedWorkload } from "./report/report.ts";
import { runGroup } from "./runner.ts";
import type { Scale, Workload } from "./workload.ts";
import { selectWorkloads } from "./workloads/all.ts";

const ROUNDS = 3;

const GENERATOR = new URL("./load/generator.ts", import.meta.url);

const FULL: Scale = { seconds: 2, warmUpSeconds: 1, amount: 1 };
const QUICK: Scale = { seconds: 0.25, warmUpSeconds: 0.1, amount: 1 / 512 };

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
  const report = await compare(options, `deno task bench versus ${args.join(" ")}`.trim());
  await writeReport(report, options.out);
  return true;
}

/** Runs everybody through everything. */
export async function compare(options: VersusOptions, command: string): Promise<Report> {
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
  const stage = { app: app.address, appPid: app.pid, generator, background, scale, leg: LOOPBACK };
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
  print(`\n${markdown}\nWritten: ${out}.json, ${out}.md`);
}
