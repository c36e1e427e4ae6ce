/**
 * A report as a picture: bars, longest first, tun in colour. Readable on light and on dark pages.
 *
 * @module
 */

import { median, summarize } from "../../protocol/statistics.ts";
import { formatNumber } from "./format.ts";
import type { Report, ReportedWorkload } from "./report.ts";

/** What is drawn, where it was measured. */
const PANELS: readonly { readonly workload: string; readonly figure: string }[] = [
  { workload: "small-64", figure: "perSecond" },
  { workload: "small-1", figure: "p50" },
  { workload: "download", figure: "megabytes" },
];

const WIDTH = 760;
const LABEL_WIDTH = 190;
const VALUE_WIDTH = 90;
const ROW_HEIGHT = 24;
const BAR_HEIGHT = 15;
const TITLE_HEIGHT = 44;
const MARGIN = 16;

/** One that is far from all others is cut, or nothing could be seen of them. */
const MAX_TIMES_THE_MIDDLE = 5;

/** Longest bar, in pixels. */
const BAR_WIDTH = WIDTH - LABEL_WIDTH - VALUE_WIDTH - 2 * MARGIN;

/** Mid-tones stand out from white and from black alike; text follows the page. */
const STYLE = `
    text { font: 13px system-ui, sans-serif; fill: #24292f; }
    .title { font-weight: 600; font-size: 14px; }
    .tun { fill: #2f81f7; } .rival { fill: #8c959f; } .limit { fill: #8c959f; opacity: .4; }
    .spread { stroke: #24292f; stroke-width: 1.2; opacity: .6; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; } .spread { stroke: #e6edf3; }
    }`;

interface Bar {
  readonly label: string;
  readonly kind: "tun" | "rival" | "limit";
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** The picture; undefined if nothing of it was measured. */
export function renderSvg(report: Report): string | undefined {
  const panels = PANELS.flatMap(({ workload, figure }) => {
    const found = report.workloads.find(({ name }) => name === workload);
    const bars = found === undefined ? [] : barsOf(found, figure, report);
    return bars.length === 0 ? [] : [{ workload: found!, figure, bars }];
  });
  if (panels.length === 0) return undefined;
  let top = MARGIN;
  const parts = panels.map(({ workload, figure, bars }) => {
    const panel = renderPanel(titleOf(workload, figure), bars, top);
    top += TITLE_HEIGHT + bars.length * ROW_HEIGHT + MARGIN;
    return panel;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${top}" ` +
    `viewBox="0 0 ${WIDTH} ${top}" role="img">`,
    `  <style>${STYLE}\n  </style>`,
    ...parts,
    `</svg>\n`,
  ].join("\n");
}

function barsOf(workload: ReportedWorkload, figure: string, report: Report): readonly Bar[] {
  const bars = workload.results.filter(({ samples }) => samples.length > 0).map((result) => {
    const family = report.contenders.find(({ name }) => name === result.contender)?.family;
    const kind = family === "tun" || family === "limit" ? family : "rival";
    const summary = summarize(result.samples.map((sample) => sample[figure] ?? 0));
    return { label: result.contender, kind, ...summary } as const;
  });
  const isLessBetter = workload.figures.find(({ name }) => name === figure)?.better === "less";
  return bars.toSorted((a, b) => isLessBetter ? a.median - b.median : b.median - a.median);
}

function titleOf({ title, figures }: ReportedWorkload, figure: string): string {
  const { title: unit, better } = figures.find(({ name }) => name === figure)!;
  return `${title}: ${unit}, ${better === "less" ? "less" : "more"} is better`;
}

function renderPanel(title: string, bars: readonly Bar[], top: number): string {
  const limit = median(bars.map((bar) => bar.median)) * MAX_TIMES_THE_MIDDLE;
  const largest = Math.min(limit, Math.max(...bars.map(({ most }) => most)));
  const scale = (value: number) => Math.min(1, value / largest) * BAR_WIDTH;
  const left = MARGIN + LABEL_WIDTH;
  const rows = bars.map(({ label, kind, least, most, median: value }, i) => {
    const y = top + TITLE_HEIGHT + i * ROW_HEIGHT;
    const middle = y + BAR_HEIGHT / 2;
    const baseline = y + BAR_HEIGHT - 3;
    const end = left + scale(value);
    return [
      `  <text x="${left - 8}" y="${baseline}" text-anchor="end">${escapeXml(label)}</text>`,
      `  <rect class="${kind}" x="${left}" y="${y}" width="${fixed(scale(value))}" ` +
      `height="${BAR_HEIGHT}" rx="2"/>`,
      ...(least === most ? [] : [
        `  <line class="spread" x1="${fixed(left + scale(least))}" y1="${middle}" ` +
        `x2="${fixed(left + scale(most))}" y2="${middle}"/>`,
      ]),
      `  <text x="${fixed(Math.max(end, left + scale(most)) + 8)}" y="${baseline}">` +
      `${value > largest ? "… " : ""}${formatNumber(value)}</text>`,
    ].join("\n");
  });
  const heading = `  <text class="title" x="${MARGIN}" y="${top + 20}">${escapeXml(title)}</text>`;
  return [heading, ...rows].join("\n");
}

function fixed(value: number): string {
  return value.toFixed(1);
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
