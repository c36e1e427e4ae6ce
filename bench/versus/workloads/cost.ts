/**
 * Processor time of everybody who took part in something.
 *
 * @module
 */

import type { Running } from "../contender.ts";
import { usageOf } from "../process/usage.ts";
import type { Figure, Stage } from "../workload.ts";

/** Seconds of processor time. */
export interface Cost {
  readonly server: number;
  readonly client: number;
  readonly app: number;
  readonly generator: number;
}

/** Does something, and gives its result beside what it has cost. */
export async function withCost<T>(
  running: Running,
  stage: Stage,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly cost: Cost }> {
  const before = takeCost(running, stage);
  const result = await work();
  const after = takeCost(running, stage);
  return {
    result,
    cost: {
      server: after.server - before.server,
      client: after.client - before.client,
      app: after.app - before.app,
      generator: after.generator - before.generator,
    },
  };
}

/** The columns of {@linkcode costPer}. */
export function costFigures(unit: string): readonly Figure[] {
  return [
    { name: "cpuServer", title: `server CPU s/${unit}`, better: "less" },
    { name: "cpuClient", title: `client CPU s/${unit}`, better: "less" },
    { name: "cpuApp", title: `app CPU s/${unit}`, better: "neither" },
    { name: "cpuLoad", title: `load CPU s/${unit}`, better: "neither" },
  ];
}

/** The cost of one unit, of which `units` were done. */
export function costPer(cost: Cost, units: number): Record<string, number> {
  return {
    cpuServer: cost.server / units,
    cpuClient: cost.client / units,
    cpuApp: cost.app / units,
    cpuLoad: cost.generator / units,
  };
}

function takeCost({ processes }: Running, { appPid, generator }: Stage): Cost {
  const of = (role: "server" | "client") =>
    usageOf(processes.filter((process) => process.role === role).map(({ pid }) => pid)).cpuSeconds;
  return {
    server: of("server"),
    client: of("client"),
    app: usageOf([appPid]).cpuSeconds,
    generator: usageOf([generator.pid]).cpuSeconds,
  };
}
