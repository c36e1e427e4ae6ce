/**
 * A report as Markdown: the targets, a picture, a table for each workload, and then who took part,
 * where and how.
 *
 * @module
 */

import { summarize, type Summary } from "../../protocol/statistics.ts";
import type { Figure } from "../workload.ts";
import { formatNumber } from "./format.ts";
import type { Report, ReportedResult, ReportedWorkload } from "./report.ts";
import { type Alignment, markdownTable } from "./table.ts";
import { judgeTargets, type TargetOutcome } from "./targets.ts";

/** All of it; `picture` is where a picture of it lies. */
export function renderMarkdown(report: Report, picture?: string): string {
  const { settings: { quick }, unfinished } = report;
  const targets = quick ? [] : judgeTargets(report);
  return [
    ...(quick ? ["This run was `--quick`: its figures mean little."] : []),
    ...(unfinished.length === 0
      ? []
      : [`The run was cut off, and these were not reached: ${unfinished.join(", ")}.`]),
    ...(targets.length === 0 ? [] : [renderTargets(targets)]),
    ...(picture === undefined ? [] : [`![Some of the tables as bars](${picture})`]),
    ...report.workloads.map((workload) => renderWorkload(workload, report)),
    renderSetting(report),
  ].join("\n\n") + "\n";
}

/** Where and when, and who took part. */
function renderSetting(report: Report): string {
  const { machine, command, commit, started, finished, settings, contenders } = report;
  const { processor, cores, memoryBytes, kernel, deno, wrk, load, tcp } = machine;
  const present = contenders.filter(({ version }) => version !== undefined);
  const missing = contenders.flatMap(({ name, missing }) =>
    missing === undefined ? [] : [`- not here: ${name} (${missing})`]
  );
  return [
    "### Who took part, where and how",
    `\`${command}\` at commit ${commit}, ${started} to ${finished}.`,
    `${cores} × ${processor}, ${formatNumber(memoryBytes / 2 ** 30)} GiB, ${kernel}, ` +
    `Deno ${deno}, wrk ${wrk}; TCP as the kernel has it: ${tcp}; ` +
    `load before: ${load.map((value) => value.toFixed(2)).join(" ")}.`,
    `Runs of ${settings.seconds} s after a warm-up of ${settings.warmUpSeconds} s for each start; ` +
    `contenders take turns in an order drawn anew each round (seed ${settings.seed}).`,
    markdownTable(
      ["contender", "version", "settings"],
      present.map(({ name, version, settings }) => [name, version!, settings]),
      ["left", "left", "left"],
    ),
    ...(missing.length === 0 ? [] : [missing.join("\n")]),
  ].join("\n\n");
}

function renderTargets(targets: readonly TargetOutcome[]): string {
  return `### Targets\n\n${
    markdownTable(
      ["workload", "target", "measured", "outcome"],
      targets.map(({ workload, target, measured, outcome }) => [
        workload,
        target,
        measured,
        outcome,
      ]),
      ["left", "left", "right", "left"],
    )
  }`;
}

/** One table: medians, and how far apart the rounds were for what is compared. */
function renderWorkload(workload: ReportedWorkload, { contenders }: Report): string {
  const { title, method, rounds, figures, results, problem, leftOut = [] } = workload;
  const heading = `### ${title}`;
  if (problem !== undefined) return `${heading}\n\nNot run: ${problem}.`;
  const [first, ...others] = figures as [Figure, ...Figure[]];
  const measured = results.filter(({ samples }) => samples.length > 0);
  const isTun = ({ contender }: ReportedResult) =>
    contenders.some(({ name, family }) => name === contender && family === "tun");
  const reference = measured.find(isTun) ?? measured[0];
  const rows = measured.map((result) => [
    hasErrors(result) ? `${result.contender} (!)` : result.contender,
    spread(summaryOf(result, first)),
    (summaryOf(result, first).median / summaryOf(reference!, first).median).toFixed(2),
    ...others.map((figure) => formatNumber(summaryOf(result, figure).median)),
  ]);
  const numbers: Alignment[] = Array.from({ length: figures.length + 1 }, () => "right");
  const problems = results.flatMap(({ contender, problem }) =>
    problem === undefined ? [] : [`- ${contender}: ${problem}`]
  );
  return [
    heading,
    `\`--only ${workload.name}\`: ${method}. ` +
    (rounds === 1 ? "One round." : `Medians of ${rounds} rounds (least to most).`) +
    (leftOut.length === 0 ? "" : ` Left out, as telling nothing new: ${leftOut.join(", ")}.`),
    markdownTable(
      [
        "contender",
        first.title,
        `× ${reference?.contender ?? "-"}`,
        ...others.map(({ title }) => title),
      ],
      rows,
      ["left", ...numbers],
    ),
    ...(measured.some(hasErrors) ? ["(!) Not every request was answered."] : []),
    ...(problems.length === 0 ? [] : [problems.join("\n")]),
  ].join("\n\n");
}

function hasErrors({ samples }: ReportedResult): boolean {
  return samples.some(({ errors = 0 }) => errors > 0);
}

function summaryOf({ samples }: ReportedResult, { name }: Figure): Summary {
  return summarize(samples.map((sample) => sample[name] ?? NaN));
}

function spread({ median, least, most }: Summary): string {
  return least === most
    ? formatNumber(median)
    : `${formatNumber(median)} (${formatNumber(least)} to ${formatNumber(most)})`;
}
