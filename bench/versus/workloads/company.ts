/**
 * Small requests in bad company: what one visitor's download does to the requests of others.
 *
 * @module
 */

import type { Running } from "../contender.ts";
import { runWrk } from "../load/wrk.ts";
import type { BulkResult } from "../load/bulk.ts";
import type { Percentiles } from "../load/percentiles.ts";
import type { Sample, Stage, Workload } from "../workload.ts";
import { entranceOf } from "./entrance.ts";
import { OUT_OF_COMPANY } from "./left_out.ts";
import { warmUpByRequests } from "./small_gets.ts";

/** Few enough that they do not wait for each other. */
const CONNECTIONS = 8;

/** More than every buffer on the way may hold before the download truly stands. */
const READ_BEFORE_STALL = 2 ** 20;

/** A tenth of what any contender can do, so that only the company makes them wait. */
const PACE = 200;

const BULK_CONNECTIONS = 8;

/**
 * What has just begun is not company yet: a download that nobody reads still fills the buffers on
 * the way, and others look for the rate of the line and fill its queue for that. What has just
 * ended is still being cleared away.
 */
const SETTLE_SECONDS = 1;

/** One visitor has stopped reading a large body. */
export const BESIDE_STALLED: Workload = {
  name: "beside-stalled",
  title: "Small GETs beside a stalled download",
  group: "company",
  leavesOut: OUT_OF_COMPANY,
  method:
    `wrk -t1 -c${CONNECTIONS} /small: alone, twice beside a visitor who has stopped reading ` +
    `a download ${SETTLE_SECONDS} s ago, alone again; means of two`,
  figures: [
    { name: "p99Ratio", title: "p99 beside / alone", better: "less" },
    { name: "p99", title: "p99 beside, ms", better: "less" },
    { name: "p99Alone", title: "p99 alone, ms", better: "neither" },
    { name: "perSecond", title: "requests/s beside", better: "more" },
    { name: "perSecondAlone", title: "requests/s alone", better: "neither" },
  ],
  warmUp: warmUpInCompany,
  async run(running, stage) {
    // Of what changes while it runs, be it a compiler or the machine, both get the same share.
    const before = await smallGets(running, stage);
    const during = await besideStalled(running, stage, async () => [
      await smallGets(running, stage),
      await smallGets(running, stage),
    ]);
    await settle(stage);
    const after = await smallGets(running, stage);
    const beside = meanOf(during);
    const alone = meanOf([before, after]);
    return {
      p99Ratio: beside.p99 / alone.p99,
      p99: beside.p99,
      p99Alone: alone.p99,
      perSecond: beside.perSecond,
      perSecondAlone: alone.perSecond,
    };
  },
};

/** Eight visitors take all that the machine, or the line, can carry. */
export const BESIDE_BULK: Workload = {
  name: "beside-bulk",
  title: "Small GETs beside eight downloads",
  group: "company",
  leavesOut: OUT_OF_COMPANY,
  method: `our generator, ${PACE} GETs a second at an even pace, alone and then beside ` +
    `${BULK_CONNECTIONS} visitors who have been downloading for ${SETTLE_SECONDS} s`,
  figures: [
    { name: "p99", title: "p99 beside, ms", better: "less" },
    { name: "p50", title: "p50 beside, ms", better: "less" },
    { name: "p99Alone", title: "p99 alone, ms", better: "neither" },
    { name: "p50Alone", title: "p50 alone, ms", better: "neither" },
    { name: "added", title: "p99 added, ms", better: "less" },
    { name: "megabytes", title: "downloads, MB/s", better: "more" },
  ],
  warmUp: warmUpInCompany,
  async run(running, stage) {
    const alone = await pacedGets(running, stage);
    await stage.background.ask("saturate", {
      entrance: entranceOf(running),
      connections: BULK_CONNECTIONS,
    });
    let beside: Percentiles;
    let downloads: BulkResult;
    try {
      await settle(stage);
      beside = await pacedGets(running, stage);
    } finally {
      downloads = await stage.background.ask<BulkResult>("release");
    }
    return {
      p99: beside.p99,
      p50: beside.p50,
      p99Alone: alone.p99,
      p50Alone: alone.p50,
      added: beside.p99 - alone.p99,
      megabytes: downloads.bytes / 1e6 / downloads.seconds,
    } satisfies Sample;
  },
};

async function pacedGets(running: Running, { generator, scale }: Stage): Promise<Percentiles> {
  return await generator.ask("pacedGets", {
    entrance: entranceOf(running),
    perSecond: PACE,
    seconds: scale.seconds,
  });
}

/**
 * Requests, and then requests beside a download: to code that is compiled while it runs, the first
 * body of its life is news, and what it had made of small answers alone is made anew.
 */
async function warmUpInCompany(running: Running, stage: Stage): Promise<void> {
  await warmUpByRequests(running, stage);
  await besideStalled(running, stage, () => warmUpByRequests(running, stage));
}

/** Does something while a download stands. */
async function besideStalled<T>(
  running: Running,
  stage: Stage,
  work: () => Promise<T>,
): Promise<T> {
  await stage.background.ask("stallDownload", {
    entrance: entranceOf(running),
    bytes: READ_BEFORE_STALL,
  });
  try {
    await settle(stage);
    return await work();
  } finally {
    await stage.background.ask("release");
  }
}

async function settle({ scale }: Stage): Promise<void> {
  const seconds = Math.min(SETTLE_SECONDS, scale.seconds);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

type SmallGets = { readonly p99: number; readonly perSecond: number };

async function smallGets(running: Running, stage: Stage): Promise<SmallGets> {
  const { scale: { seconds } } = stage;
  const { p99, requests, seconds: took } = await runWrk(
    running,
    { connections: CONNECTIONS, seconds },
    stage,
  );
  return { p99, perSecond: requests / took };
}

function meanOf(runs: readonly SmallGets[]): SmallGets {
  const mean = (figure: keyof SmallGets) =>
    runs.reduce((sum, run) => sum + run[figure], 0) / runs.length;
  return { p99: mean("p99"), perSecond: mean("perSecond") };
}
