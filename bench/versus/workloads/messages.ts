/**
 * Messages over connections that stay open: WebSockets and server-sent events.
 *
 * @module
 */

import type { Running } from "../contender.ts";
import type { EchoResult } from "../load/echo.ts";
import type { EventsResult } from "../load/events.ts";
import type { Stage, Workload } from "../workload.ts";
import { costFigures, costPer, withCost } from "./cost.ts";
import { entranceOf } from "./entrance.ts";
import { OUT_OF_MESSAGES } from "./left_out.ts";

/** Processor time is given for so many messages. */
const UNIT = 100_000;

/** Below the 100 requests at once that a client of tun lets through by default. */
const LISTENERS = 64;

/** 64 listeners get 6,400 events a second: all contenders can carry that. */
const EVENT_INTERVAL_MS = 10;

/** Warming up, with less of everything. */
const WARM_UP_SOCKETS = 16;
const WARM_UP_SECONDS = 2;

/** One socket is about latency, many are about throughput. */
export const ECHO: readonly Workload[] = [1, 200].map((sockets): Workload => ({
  name: `echo-${sockets}`,
  title: `WebSocket echo of 64 bytes, ${sockets} socket${sockets === 1 ? "" : "s"}`,
  group: "messages",
  leavesOut: OUT_OF_MESSAGES,
  method: `our generator, ${sockets} at once, each sends when the answer has come`,
  figures: [
    { name: "perSecond", title: "messages/s", better: "more" },
    { name: "p50", title: "p50 ms", better: "less" },
    { name: "p99", title: "p99 ms", better: "less" },
    ...costFigures("100k"),
  ],
  warmUp: warmUpByEchoes,
  async run(running, stage) {
    const job = { entrance: entranceOf(running), sockets, seconds: stage.scale.seconds };
    const { result, cost } = await withCost(
      running,
      stage,
      () => stage.generator.ask<EchoResult>("echo", job),
    );
    return {
      perSecond: result.messages / result.seconds,
      p50: result.p50,
      p99: result.p99,
      ...costPer(cost, result.messages / UNIT),
    };
  },
}));

/** The same event for everybody, at a rate that all can carry: what counts is delay and cost. */
export const EVENTS: Workload = {
  name: "events",
  title: `Server-sent events, ${LISTENERS} listeners, one each every ${EVENT_INTERVAL_MS} ms`,
  group: "messages",
  leavesOut: OUT_OF_MESSAGES,
  method: `our generator listens to /events/${EVENT_INTERVAL_MS}`,
  figures: [
    { name: "p99", title: "p99 delay, ms", better: "less" },
    { name: "p50", title: "p50 delay, ms", better: "less" },
    { name: "perSecond", title: "events/s", better: "more" },
    ...costFigures("100k"),
  ],
  warmUp: warmUpByEchoes,
  async run(running, stage) {
    const job = {
      entrance: entranceOf(running),
      listeners: LISTENERS,
      intervalMs: EVENT_INTERVAL_MS,
      seconds: stage.scale.seconds,
    };
    const { result, cost } = await withCost(
      running,
      stage,
      () => stage.generator.ask<EventsResult>("listen", job),
    );
    return {
      p99: result.p99,
      p50: result.p50,
      perSecond: result.events / result.seconds,
      ...costPer(cost, result.events / UNIT),
    };
  },
};

async function warmUpByEchoes(running: Running, { generator, scale }: Stage): Promise<void> {
  await generator.ask("echo", {
    entrance: entranceOf(running),
    sockets: WARM_UP_SOCKETS,
    seconds: Math.min(WARM_UP_SECONDS, scale.warmUpSeconds),
  });
}
