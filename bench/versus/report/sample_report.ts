/**
 * A small report for tests of what is made of reports.
 *
 * @module
 */

import type { Figure, Sample } from "../workload.ts";
import type { Report, ReportedContender, ReportedWorkload } from "./report.ts";

const PER_SECOND: Figure = { name: "perSecond", title: "requests/s", better: "more" };
const P50: Figure = { name: "p50", title: "p50 ms", better: "less" };

/** A report of some contenders and workloads. */
export function sampleReport(
  contenders: readonly ReportedContender[],
  workloads: readonly ReportedWorkload[],
  { quick = false }: { readonly quick?: boolean } = {},
): Report {
  return {
    started: "2026-01-01T00:00:00.000Z",
    finished: "2026-01-01T00:01:00.000Z",
    command: "deno task bench versus",
    commit: "abcdef0",
    machine: {
      processor: "A Processor",
      cores: 2,
      memoryBytes: 2 ** 34,
      kernel: "linux 6.1",
      deno: "2.9.6",
      wrk: "4.1.0",
      tcp: "cubic",
      load: [0, 0, 0],
    },
    settings: { quick, seed: 1, seconds: 1.5, warmUpSeconds: 2, amount: 1 },
    contenders,
    workloads,
    unfinished: [],
  };
}

/** A contender that was there. */
export function contender(name: string, family: ReportedContender["family"]): ReportedContender {
  return { name, family, settings: "defaults", version: "1.0" };
}

/** A workload of requests, with the samples of each contender. */
export function requests(
  name: string,
  samples: Readonly<Record<string, readonly Sample[]>>,
): ReportedWorkload {
  return {
    name,
    title: `The workload ${name}`,
    method: "wrk",
    figures: [PER_SECOND, P50],
    rounds: 3,
    results: Object.entries(samples).map(([contender, samples]) => ({ contender, samples })),
  };
}
