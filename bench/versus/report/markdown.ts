/**
 * A report as Markdown: a table for each workload.
 *
 * @module
 */

import { summarize } from "../../protocol/statistics.ts";
import type { Figure } from "../workload.ts";
import { formatNumber } from "./format.ts";
import type { Report, ReportedResult, ReportedWorkload } from "./report.ts";
import { markdownTable } from "./table.ts";

/** All of it. */
export function renderMarkdown(report: Report): string {
  return [
    renderMachine(report),
    ...report.workloads.map((workload) => renderWorkload(workload, report)),
  ].join("\n\n") + "\n";
}

/** Where and when, and who took part. */
export function renderMachine({ machine, command, started, contenders }: Report): string {
  const { processor, cores, memoryBytes, kernel, deno, wrk, load } = machine;
  const missing = contenders.filter((contender) => contender.missing !== undefined);
  return [
    `\`${command}\`, ${started}`,
    `${cores} × ${processor}, ${formatNumber(memoryBytes / 2 ** 30)} GiB, ${kernel}, ` +
    `Deno ${deno}, wrk ${wrk}, load before ${load.map((value) => value.toFixed(2)).join(" ")}`,
    markdownTable(
      ["contender", "version", "settings"],
      contenders.filter(({ version }) => version !== undefined)
        .map(({ name, version, settings }) => [name, version!, settings]),
      ["left", "left", "left"],
    ),
    ...(missing.length === 0
      ? []
      : [`Not here: ${missing.map(({ name, missing }) => `${name} (${missing})`).join(", ")}`]),
  ].join("\n\n");
}

/** One table: medians, and how far apart the rounds were for what is compared. */
export function renderWorkload(workload: ReportedWorkload, { contenders }: Report): string {
  const { title, method, rounds, figures, results } = workload;
  const [first, ...others] = figures;
  const reference = results.find(({ contender, samples }) =>
    samples.length > 0 && contenders.find(({ name }) => name === contender)?.family === "tun"
  );
  const rows = results.filter(({ samples }) => samples.length > 0).map((result) => [
    result.contender,
    spread(result, first!),
    ratio(result, reference, first!),
    ...others.map((figure) => formatNumber(summaryOf(result, figure).median)),
  ]);
  const problems = results.filter(({ problem }) => problem !== undefined)
    .map(({ contender, problem }) => `${contender}: ${problem}`);
  return [
    `### ${title}`,
    `${method}; median of ${rounds} round${rounds === 1 ? "" : "s"} (least to most).`,
    markdownTable(
      [
        "contender",
        first!.title,
        `× ${reference?.contender ?? "-"}`,
        ...others.map(({ title }) => title),
      ],
      rows,
      ["left", ...Array.from({ length: figures.length + 1 }, () => "right" as const)],
    ),
    ...(problems.length === 0 ? [] : [problems.map((line) => `- ${line}`).join("\n")]),
  ].join("\n\n");
}

function summaryOf({ samples }: ReportedResult, { name }: Figure) {
  return summarize(samples.map((sample) => sample[name] ?? NaN));
}

function spread(result: ReportedResult, figure: Figure): string {
  const { median, least, most } = summaryOf(result, figure);
  return result.samples.length === 1
    ? formatNumber(median)
    : `${formatNumber(median)} (${formatNumber(least)} to ${formatNumber(most)})`;
}

function ratio(result: ReportedResult, reference: ReportedResult | undefined, figure: Figure) {
  if (reference === undefined) return "-";
  return (summaryOf(result, figure).median / summaryOf(reference, figure).median).toFixed(2);
}
