/**
 * What we want to reach, and whether a run has reached it.
 *
 * @module
 */

import { Findings, least, most } from "./findings.ts";
import { formatNumber } from "./format.ts";
import type { Report, ReportedContender } from "./report.ts";

/** A target and what became of it. */
export interface TargetOutcome {
  readonly workload: string;
  readonly target: string;
  /** The figure that decided, and against whom. */
  readonly measured: string;
  readonly outcome: "met" | "missed" | "not measured";
}

/** What was found, and whether it is enough; undefined if something was not measured. */
type Verdict = { readonly measured: string; readonly isMet: boolean } | undefined;

interface Target {
  readonly workload: string;
  readonly target: string;
  readonly judge: (findings: Findings) => Verdict;
}

/** What `tun 3000` does when it is told nothing else but an `http://` endpoint. */
const TUN_HTTP = "tun http over upgrade";

/** Bytes of a port, over the plainest carrier. */
const TUN_TCP = "tun tcp over tcp";

/** The released client, for which the time of a start counts. */
const TUN_EXECUTABLE = `${TUN_HTTP} (executable)`;

/** Keep-alive of ten thousand links is a few hundred messages a second. */
const IDLE_CPU_PERCENT = 5;

const IDLE_KIB = 30;

const CONNECT_MS = 150;

/** What small requests beside full downloads may wait longer, where the line is what is full. */
const ADDED_MS = 5;

/** Where the line bounds everybody alike, the best of a dozen is ahead by chance. */
const EVEN = 0.98;

type Group = (contender: ReportedContender) => boolean;

const isTinytun: Group = ({ name }) => name.startsWith("tinytun");
const understandsHttp: Group = (contender) => contender.family === "http" && !isTinytun(contender);
// chisel relays bytes, but is set up for the same purpose at a like cost.
const isHttpRival: Group = (contender) => understandsHttp(contender) || contender.name === "chisel";
const isRawRival: Group = (contender) => contender.family === "raw" && !isTinytun(contender);
const isRival: Group = ({ family }) => family === "http" || family === "raw";

/** All of them, in the order of the report. */
const TARGETS: readonly Target[] = [
  ...["small-64", "small-256"].flatMap((workload): Target[] => [
    {
      workload,
      target: "tun http ≥ 2.0 × frp http, piko, chisel, localtunnel",
      judge: (findings) => atLeast(findings, { workload, of: TUN_HTTP, than: isHttpRival }, 2.0),
    },
    {
      workload,
      target: "tun http ≥ 1.2 × tinytun",
      judge: (findings) => atLeast(findings, { workload, of: TUN_HTTP, than: isTinytun }, 1.2),
    },
    {
      workload,
      target: "tun http ≥ 0.9 × the fastest raw relay",
      judge: (findings) => atLeast(findings, { workload, of: TUN_HTTP, than: isRawRival }, 0.9),
    },
    {
      workload,
      target: "tun tcp ≥ 0.9 × the fastest raw relay",
      judge: (findings) => atLeast(findings, { workload, of: TUN_TCP, than: isRawRival }, 0.9),
    },
  ]),
  {
    workload: "small-1",
    target: "p50 ≤ 1.0 × the best HTTP rival",
    judge: (findings) =>
      atMost(findings, { workload: "small-1", figure: "p50", than: understandsHttp }, 1.0),
  },
  {
    workload: "small-1",
    target: "p50 ≤ 1.4 × the best raw relay",
    judge: (findings) =>
      atMost(findings, { workload: "small-1", figure: "p50", than: isRawRival }, 1.4),
  },
  ...["download", "upload"].flatMap((workload): Target[] => [
    {
      workload,
      target: "MB/s ≥ 1.0 × the best rival",
      judge: (findings) =>
        atLeast(findings, { workload, of: TUN_HTTP, figure: "megabytes", than: isRival }, 1.0),
    },
    {
      workload,
      target: "CPU seconds ≤ 1.5 × those of the best rival",
      judge: (findings) => judgeBulkCost(findings, workload),
    },
  ]),
  {
    workload: "beside-stalled",
    target: "p99 ≤ 1.2 × without the download",
    judge: (findings) => below(findings.of("beside-stalled", TUN_HTTP, "p99Ratio"), 1.2, "× alone"),
  },
  {
    workload: "beside-bulk",
    target: "p99 ≤ 1.2 × the best raw relay",
    judge: (findings) =>
      atMost(findings, { workload: "beside-bulk", figure: "p99", than: isRawRival }, 1.2),
  },
  ...["echo-1", "echo-200"].map((workload): Target => ({
    workload,
    target: "messages/s ≥ 1.0 × the best HTTP rival",
    judge: (findings) => atLeast(findings, { workload, of: TUN_HTTP, than: understandsHttp }, 1.0),
  })),
  {
    workload: "connect",
    target: `the compiled tun, start to URL ≤ ${CONNECT_MS} ms`,
    judge: (findings) => below(findings.of("connect", TUN_EXECUTABLE, "ms"), CONNECT_MS, "ms"),
  },
  {
    workload: "defaults",
    target: "everything on ≥ 0.85 × everything off",
    judge: (findings) => {
      const ratio = divide(
        findings.own("defaults", 0, "perSecond"),
        findings.own("defaults", 1, "perSecond"),
      );
      return ratio === undefined
        ? undefined
        : { measured: `${formatNumber(ratio)} ×`, isMet: ratio >= 0.85 };
    },
  },
  {
    workload: "idle-tunnels",
    target: `≤ ${IDLE_KIB} KiB of server memory each at 10,000`,
    judge: (findings) => below(findings.own("idle-tunnels", 1, "serverKib"), IDLE_KIB, "KiB"),
  },
  {
    workload: "idle-tunnels",
    target: `at 10,000, server CPU ≤ ${IDLE_CPU_PERCENT} % of a core`,
    judge: (findings) => below(findings.own("idle-tunnels", 1, "cpuServer"), IDLE_CPU_PERCENT, "%"),
  },
  {
    workload: "growth",
    target: "CPU/request in the crowd ≤ 1.1 × alone",
    judge: (findings) =>
      below(
        divide(findings.own("growth", 1, "cpu"), findings.own("growth", 0, "cpu")),
        1.1,
        "× alone",
      ),
  },
  ...["far", "lossy"].flatMap((line): Target[] => [
    ...["download", "upload"].map((operation): Target => ({
      workload: `${line}-${operation}`,
      target: "MB/s ≥ 1.0 × the best TCP-based rival (2 % are even)",
      judge: (findings) =>
        atLeast(
          findings,
          { workload: `${line}-${operation}`, figure: "megabytes", than: isRival },
          EVEN,
        ),
    })),
    {
      workload: `${line}-small`,
      target: "requests/s ≥ 1.0 × the best TCP-based rival (2 % are even)",
      judge: (findings) => atLeast(findings, { workload: `${line}-small`, than: isRival }, EVEN),
    },
  ]),
  {
    workload: "narrow-beside",
    target: `p99 ≤ alone + ${ADDED_MS} ms`,
    judge: (findings) =>
      below(findings.of("narrow-beside", TUN_HTTP, "added"), ADDED_MS, "ms more"),
  },
];

/** Judges the targets of those workloads that have run. */
export function judgeTargets(report: Report): readonly TargetOutcome[] {
  const findings = new Findings(report);
  const ran = new Set(report.workloads.map(({ name }) => name));
  return TARGETS.filter(({ workload }) => ran.has(workload)).map(
    ({ workload, target, judge }) => {
      const verdict = judge(findings);
      return {
        workload,
        target,
        measured: verdict?.measured ?? "-",
        outcome: verdict === undefined ? "not measured" : verdict.isMet ? "met" : "missed",
      };
    },
  );
}

interface Comparison {
  readonly workload: string;
  readonly of?: string;
  readonly figure?: string;
  readonly than: Group;
}

function atLeast(findings: Findings, comparison: Comparison, factor: number): Verdict {
  const { workload, of = TUN_HTTP, figure = "perSecond", than } = comparison;
  const best = most(findings.all(workload, figure, than));
  const ratio = divide(findings.of(workload, of, figure), best?.value);
  if (ratio === undefined) return undefined;
  return { measured: `${formatNumber(ratio)} × ${best!.contender}`, isMet: ratio >= factor };
}

function atMost(findings: Findings, comparison: Comparison, factor: number): Verdict {
  const { workload, of = TUN_HTTP, figure = "p50", than } = comparison;
  const best = least(findings.all(workload, figure, than));
  const ratio = divide(findings.of(workload, of, figure), best?.value);
  if (ratio === undefined) return undefined;
  return { measured: `${formatNumber(ratio)} × ${best!.contender}`, isMet: ratio <= factor };
}

function judgeBulkCost(findings: Findings, workload: string): Verdict {
  const best = most(findings.all(workload, "megabytes", isRival));
  if (best === undefined) return undefined;
  const costOf = (contender: string) => {
    const server = findings.of(workload, contender, "cpuServer");
    const client = findings.of(workload, contender, "cpuClient");
    return server === undefined || client === undefined ? undefined : server + client;
  };
  const ratio = divide(costOf(TUN_HTTP), costOf(best.contender));
  if (ratio === undefined) return undefined;
  return { measured: `${formatNumber(ratio)} × ${best.contender}`, isMet: ratio <= 1.5 };
}

function below(value: number | undefined, limit: number, unit: string): Verdict {
  if (value === undefined) return undefined;
  return { measured: `${formatNumber(value)} ${unit}`, isMet: value <= limit };
}

/** Undefined where a part was not measured, or was too short for the kernel to count. */
function divide(value: number | undefined, by: number | undefined): number | undefined {
  return value === undefined || by === undefined || by === 0 ? undefined : value / by;
}
