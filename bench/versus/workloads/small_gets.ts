/**
 * Small requests, as fast as they are answered.
 *
 * @module
 */

import type { Running } from "../contender.ts";
import { runWrk, type WrkOptions } from "../load/wrk.ts";
import type { Figure, Stage, Workload } from "../workload.ts";
import { costFigures, costPer, withCost } from "./cost.ts";
import { OUT_OF_REQUESTS } from "./left_out.ts";

/** Processor time is given for so many requests. */
export const UNIT = 100_000;

const WARM_UP_CONNECTIONS = 64;

/** What every workload of wrk gives. */
export const WRK_FIGURES: readonly Figure[] = [
  { name: "perSecond", title: "requests/s", better: "more" },
  { name: "p50", title: "p50 ms", better: "less" },
  { name: "p99", title: "p99 ms", better: "less" },
  ...costFigures("100k"),
  { name: "errors", title: "errors", better: "less" },
];

/** Keep-alive connections: one is about latency, many are about throughput. */
export const SMALL_GETS: readonly Workload[] = [1, 64, 256].map((connections) =>
  wrkWorkload({
    name: `small-${connections}`,
    title: `Small GETs, ${connections} keep-alive connection${connections === 1 ? "" : "s"}`,
    group: "small",
    leavesOut: OUT_OF_REQUESTS,
    options: { connections },
  })
);

/** A connection for every request. */
export const NEW_CONNECTIONS: Workload = wrkWorkload({
  name: "new-connections",
  title: "Small GETs, a new connection each, 64 at once",
  group: "small",
  leavesOut: OUT_OF_REQUESTS,
  options: { connections: 64, headers: ["Connection: close"] },
});

/** Bodies that fit one read. */
export const POSTS: Workload = wrkWorkload({
  name: "posts",
  title: "POSTs of 16 KiB, 64 keep-alive connections",
  group: "small",
  leavesOut: OUT_OF_REQUESTS,
  options: { connections: 64, path: "/sink", postBytes: 16 * 1024 },
});

/** Warms up what every workload needs: the way of a request. */
export async function warmUpByRequests(running: Running, stage: Stage): Promise<void> {
  const seconds = stage.scale.warmUpSeconds;
  await runWrk(running, { connections: WARM_UP_CONNECTIONS, seconds }, stage);
}

/** A workload of requests that are as fast as their answers. */
export function wrkWorkload(
  { options, ...workload }:
    & Pick<Workload, "name" | "title" | "group" | "line" | "leavesOut" | "rounds">
    & {
      readonly options: Omit<WrkOptions, "seconds">;
    },
): Workload {
  const { connections, path = "/small", headers = [], postBytes } = options;
  const method = `wrk -t1 -c${connections} ${
    [...headers.map((header) => `-H "${header}" `), postBytes ? `POST ${postBytes} bytes to ` : ""]
      .join("")
  }${path}`;
  return {
    ...workload,
    method,
    figures: WRK_FIGURES,
    warmUp: warmUpByRequests,
    async run(running, stage) {
      const { result, cost } = await withCost(
        running,
        stage,
        () => runWrk(running, { ...options, seconds: stage.scale.seconds }, stage),
      );
      return {
        perSecond: result.requests / result.seconds,
        p50: result.p50,
        p99: result.p99,
        ...costPer({ ...cost, generator: result.cpuSeconds }, result.requests / UNIT),
        errors: result.failed + result.refused,
      };
    },
  };
}
