/**
 * What many tunnels cost, and what they cost the others.
 *
 * @module
 */

import { Crowd, crowd, type CrowdSize } from "../crowd/crowd.ts";
import type { Running } from "../contender.ts";
import { runWrk } from "../load/wrk.ts";
import { usageOf } from "../process/usage.ts";
import type { Stage, Workload } from "../workload.ts";
import { costPer, withCost } from "./cost.ts";
import { UNIT, warmUpByRequests } from "./small_gets.ts";

const KIBIBYTE = 1024;

/** Longer than the 10 s of silence after which a link asks: what idle links do is in it. */
const IDLE_SECONDS = 20;

/** Why others are not measured: what would be compared is processes, not tunnels. */
const ONLY_TUN = "rivals have no library that holds many clients in one process; " +
  "a process for each would not fit this machine";

/** A thousand tunnels, and ten thousand. */
export const IDLE_TUNNELS: Workload = {
  name: "idle-tunnels",
  title: "Idle tunnels",
  group: "idle-tunnels",
  method: `each tunnel has a client and a session of its own; memory after a collection, ` +
    `less what the server held before the first one; then idle for ${IDLE_SECONDS} s. ` +
    `Not measured: ${ONLY_TUN}`,
  figures: [
    { name: "serverKib", title: "server KiB/tunnel", better: "less" },
    { name: "heapKib", title: "of that JS heap", better: "neither" },
    { name: "externalKib", title: "of that buffers", better: "neither" },
    { name: "serverMib", title: "server MiB", better: "less" },
    { name: "cpuServer", title: "server CPU %", better: "less" },
    { name: "cpuClient", title: "clients' CPU %", better: "less" },
    { name: "connectSeconds", title: "s until all were up", better: "less" },
  ],
  rounds: 1,
  lineup: (stage) =>
    [1_000, 10_000].map((count) => {
      const tunnels = scaled(count, stage);
      return crowd(`tun, ${tunnels} tunnels`, { tunnels, idleStreams: 0 }, stage);
    }),
  warmUp: () => Promise.resolve(),
  async run(running, stage) {
    const crowded = crowdOf(running);
    const { size: { tunnels }, empty, seconds } = crowded;
    const memory = await crowded.memory();
    const each = (name: "rss" | "heapUsed" | "external") =>
      (memory[name] - empty[name]) / tunnels / KIBIBYTE;
    const idleSeconds = Math.max(1, IDLE_SECONDS * Math.min(1, stage.scale.amount));
    const { cost } = await withCost(
      running,
      stage,
      () => new Promise((resolve) => setTimeout(resolve, idleSeconds * 1000)),
    );
    return {
      serverKib: each("rss"),
      heapKib: each("heapUsed"),
      externalKib: each("external"),
      serverMib: usageOf(serverPids(running)).residentBytes / KIBIBYTE ** 2,
      cpuServer: cost.server / idleSeconds * 100,
      cpuClient: cost.client / idleSeconds * 100,
      connectSeconds: seconds,
    };
  },
};

const ALONE: CrowdSize = { tunnels: 1, idleStreams: 0 };

/** What a request costs among many tunnels and many streams that wait. */
export const COST_GROWTH: Workload = {
  name: "growth",
  title: "Small GETs to one tunnel, alone and in a crowd",
  group: "growth",
  method: "wrk -t1 -c64 /small to the first tunnel; the others are idle, and so are the streams",
  figures: [
    { name: "cpu", title: "server + client CPU s/100k", better: "less" },
    { name: "cpuServer", title: "server", better: "less" },
    { name: "cpuClient", title: "client", better: "less" },
    { name: "perSecond", title: "requests/s", better: "more" },
    { name: "p99", title: "p99 ms", better: "less" },
  ],
  lineup: (stage) => {
    const size = { tunnels: scaled(1_000, stage), idleStreams: scaled(10_000, stage) };
    return [
      crowd("tun, alone", ALONE, stage),
      crowd(`tun, ${size.tunnels} tunnels, ${size.idleStreams} idle streams`, size, stage),
    ];
  },
  warmUp: warmUpByRequests,
  async run(running, stage) {
    const { result, cost } = await withCost(
      running,
      stage,
      () => runWrk(running, { connections: 64, seconds: stage.scale.seconds }, stage),
    );
    const { cpuServer, cpuClient } = costPer(cost, result.requests / UNIT);
    return {
      cpu: cpuServer! + cpuClient!,
      cpuServer: cpuServer!,
      cpuClient: cpuClient!,
      perSecond: result.requests / result.seconds,
      p99: result.p99,
    };
  },
};

function scaled(count: number, { scale }: Stage): number {
  return Math.max(2, Math.round(count * Math.min(1, scale.amount)));
}

function crowdOf(running: Running): Crowd {
  if (running instanceof Crowd) return running;
  throw new TypeError("Cannot measure: it is no crowd");
}

function serverPids({ processes }: Running): readonly number[] {
  return processes.filter(({ role }) => role === "server").map(({ pid }) => pid);
}
