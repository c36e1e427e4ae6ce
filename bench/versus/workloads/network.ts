/**
 * The same as over loopback, but with a line between the server's side and the client's: far away,
 * with losses, and narrow. `network/shaped_path.ts` says how that line is made.
 *
 * @module
 */

import type { Running } from "../contender.ts";
import type { LineShape } from "../network/shaped_path.ts";
import type { BulkResult } from "../load/bulk.ts";
import { runWrk } from "../load/wrk.ts";
import type { Stage, Workload } from "../workload.ts";
import { MOVE_FIGURES } from "./bulk.ts";
import { BESIDE_BULK } from "./company.ts";
import { costPer, withCost } from "./cost.ts";
import { entranceOf } from "./entrance.ts";
import { OUT_OF_NETWORK } from "./left_out.ts";
import { wrkWorkload } from "./small_gets.ts";

const GIBIBYTE = 2 ** 30;

/** Long enough for windows to grow, and for some hundred losses. */
const STREAM_SECONDS = 4;

/** Enough for windows, and for a few round trips; what a compiler does is not seen on a line. */
const WARM_UP_SECONDS = { least: 0.5, most: 2 };

/** So many requests wait for their answers, 50 ms away. */
const CONNECTIONS = 64;

/** A line between two cities, a line that loses packets, a line at home. */
const LINES: readonly {
  readonly name: string;
  readonly title: string;
  readonly line: LineShape;
}[] = [
  { name: "far", title: "50 ms away", line: { roundTripMs: 50, lossPercent: 0 } },
  { name: "lossy", title: "50 ms away, 1 % lost", line: { roundTripMs: 50, lossPercent: 1 } },
];

const NARROW: LineShape = { roundTripMs: 2, lossPercent: 0, megabits: 200 };

/** One stream each way and small requests, over lines on which windows and losses count. */
const STREAMS_AND_REQUESTS: readonly Workload[] = LINES.flatMap(({ name, title, line }) => {
  const common = { group: `network-${name}`, line, leavesOut: OUT_OF_NETWORK, rounds: 1 };
  return [
    ...(["download", "upload"] as const).map((operation): Workload => ({
      ...common,
      name: `${name}-${operation}`,
      title: `One ${operation}, ${title}`,
      method: `our generator, ${operation} of one endless body for ${STREAM_SECONDS} s` +
        (operation === "upload" ? ", until the app has all of it" : ""),
      figures: MOVE_FIGURES,
      warmUp,
      async run(running, stage) {
        const { generator, scale: { amount } } = stage;
        const job = {
          entrance: entranceOf(running),
          seconds: STREAM_SECONDS * Math.max(0.1, amount),
        };
        const { result, cost } = await withCost(
          running,
          stage,
          () => generator.ask<BulkResult>(`${operation}For`, job),
        );
        return {
          megabytes: result.bytes / 1e6 / result.seconds,
          ...costPer(cost, result.bytes / GIBIBYTE),
        };
      },
    })),
    wrkWorkload({
      ...common,
      name: `${name}-small`,
      title: `Small GETs, ${CONNECTIONS} keep-alive connections, ${title}`,
      options: { connections: CONNECTIONS },
    }),
  ];
});

async function warmUp(running: Running, stage: Stage): Promise<void> {
  const { least, most } = WARM_UP_SECONDS;
  const seconds = Math.max(least, Math.min(most, stage.scale.warmUpSeconds));
  await runWrk(running, { connections: CONNECTIONS, seconds }, stage);
}

/** All of them. */
export const NETWORK: readonly Workload[] = [
  ...STREAMS_AND_REQUESTS,
  {
    ...BESIDE_BULK,
    warmUp,
    rounds: 1,
    name: "narrow-beside",
    title: "Small GETs beside eight downloads, over 200 Mbit/s",
    group: "network-narrow",
    line: NARROW,
  },
];
