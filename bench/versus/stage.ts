/**
 * Where workloads run: the app, the load generators, and the line between the two sides.
 *
 * @module
 */

import { startApp } from "./app/app_process.ts";
import { type Leg, LOOPBACK } from "./contender.ts";
import { type LineShape, openShapedPath, whyNoShapedPath } from "./network/shaped_path.ts";
import { LineProgram } from "./process/line_program.ts";
import type { Scale, Stage } from "./workload.ts";

const GENERATOR = new URL("./load/generator.ts", import.meta.url);

/** On a leg of two places, some contenders reach the app from the other side. */
const EVERY_ADDRESS = "0.0.0.0";

/** A stage that is open; disposing it ends every process of it, and the line. */
export type OpenStage = Stage & AsyncDisposable;

/**
 * Opens a stage: visitors and servers are near, clients and the app are far.
 *
 * @throws {Error} If there can be no line here.
 */
export async function openStage(
  { line, scale, signal }: Pick<Stage, "scale" | "signal"> & {
    readonly line: LineShape | undefined;
    readonly scale: Scale;
  },
): Promise<OpenStage> {
  await using undo = new AsyncDisposableStack();
  const leg = line === undefined ? LOOPBACK : await openLeg(line, undo);
  const { server: { prefix }, client } = leg;
  const app = undo.use(await startApp(line && EVERY_ADDRESS, client.prefix));
  const [generator, background] = [1, 2].map(() =>
    undo.use(new LineProgram(GENERATOR, { prefix }))
  ) as [LineProgram, LineProgram];
  const cleanUp = undo.move();
  return {
    // Clients are where the app is, whatever the leg.
    app: { ...app.address, hostname: LOOPBACK.client.hostname },
    appPid: app.pid,
    generator,
    background,
    scale,
    leg,
    signal,
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

async function openLeg(line: LineShape, undo: AsyncDisposableStack): Promise<Leg> {
  const problem = await whyNoShapedPath();
  if (problem !== undefined) throw new Error(problem);
  const { near, far } = undo.use(await openShapedPath(line));
  return { server: near, client: far };
}
