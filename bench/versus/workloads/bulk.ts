/**
 * Large bodies.
 *
 * @module
 */

import type { Running } from "../contender.ts";
import type { BulkResult } from "../load/bulk.ts";
import { resetPeaks, usageOf } from "../process/usage.ts";
import type { Figure, Stage, Workload } from "../workload.ts";
import { costFigures, costPer, withCost } from "./cost.ts";
import { entranceOf } from "./entrance.ts";
import { OUT_OF_BULK } from "./left_out.ts";

const MEBIBYTE = 2 ** 20;
const GIBIBYTE = 2 ** 30;

/** A contender that needs longer is slower than 215 MB/s, and a rate is all we want of it. */
const MAX_SECONDS = 5;

/** What a contender that has just started moves before it is measured. */
const WARM_UP_BYTES = 256 * MEBIBYTE;

/** How fast bytes move, and at what cost. */
export const MOVE_FIGURES: readonly Figure[] = [
  { name: "megabytes", title: "MB/s", better: "more" },
  ...costFigures("GiB"),
];

const FIGURES: readonly Figure[] = [
  ...MOVE_FIGURES,
  { name: "peakServer", title: "server peak MiB", better: "less" },
  { name: "peakClient", title: "client peak MiB", better: "less" },
];

/** One way to move bytes. */
interface Move {
  readonly name: string;
  readonly title: string;
  readonly operation: "download" | "upload";
  readonly connections: number;
  /** Bytes of each connection, at full scale. */
  readonly bytes: number;
}

/** One large body each way, and many at once. */
export const BULK: readonly Workload[] = [
  {
    name: "download",
    title: "Download of 1 GiB",
    operation: "download" as const,
    connections: 1,
    bytes: GIBIBYTE,
  },
  {
    name: "upload",
    title: "Upload of 1 GiB",
    operation: "upload" as const,
    connections: 1,
    bytes: GIBIBYTE,
  },
  {
    name: "parallel",
    title: "64 downloads of 16 MiB at once",
    operation: "download" as const,
    connections: 64,
    bytes: 16 * MEBIBYTE,
  },
].map(bulkWorkload);

function bulkWorkload(move: Move): Workload {
  return {
    name: move.name,
    title: move.title,
    group: "bulk",
    leavesOut: OUT_OF_BULK,
    method: move.operation === "download"
      ? `our generator, GET /bytes/${move.bytes}, cut after ${MAX_SECONDS} s`
      : `our generator, POST ${move.bytes} bytes to /sink, cut after ${MAX_SECONDS} s`,
    figures: FIGURES,
    warmUp: async (running, stage) => {
      const bytes = Math.ceil(WARM_UP_BYTES * stage.scale.amount);
      for (const operation of ["download", "upload"] as const) {
        await stage.generator.ask(operation, {
          entrance: entranceOf(running),
          connections: 1,
          bytes,
          maxSeconds: MAX_SECONDS,
        });
      }
    },
    run: (running, stage) => measure(move, running, stage),
  };
}

async function measure({ operation, connections, bytes }: Move, running: Running, stage: Stage) {
  const pids = (role: "server" | "client") =>
    running.processes.filter((process) => process.role === role).map(({ pid }) => pid);
  resetPeaks(running.processes.map(({ pid }) => pid));
  const job = {
    entrance: entranceOf(running),
    connections,
    bytes: Math.ceil(bytes * stage.scale.amount),
    maxSeconds: MAX_SECONDS,
  };
  const { result, cost } = await withCost(
    running,
    stage,
    () => stage.generator.ask<BulkResult>(operation, job),
  );
  return {
    megabytes: result.bytes / 1e6 / result.seconds,
    ...costPer(cost, result.bytes / GIBIBYTE),
    peakServer: usageOf(pids("server")).peakBytes / MEBIBYTE,
    peakClient: usageOf(pids("client")).peakBytes / MEBIBYTE,
  };
}
