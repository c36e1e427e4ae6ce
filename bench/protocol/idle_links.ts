/**
 * Ten thousand links on which nothing happens: memory on each side, and
 * processor time while they wait and keep each other alive.
 *
 * @module
 */

import { Pair } from "./pair.ts";
import { printTable } from "./table.ts";
import type { Usage } from "./usage.ts";
import { WorkerProcess } from "./worker_process.ts";

/** Links that warm up what is made once. */
const WARM_UP = 200;

/** Runs and prints it; they wait for `seconds`. */
export async function benchIdleLinks(
  { links, seconds }: { readonly links: number; readonly seconds: number },
): Promise<void> {
  const rows = [await inMemory(links, seconds), ...await overTcp(links, seconds)];
  printTable(
    `${links} idle links, idle for ${seconds} s`,
    [
      "",
      "RSS bytes/link",
      "JS heap bytes/link",
      "buffers bytes/link",
      `CPU s in ${seconds} s`,
      "CPU",
    ],
    rows,
  );
}

async function inMemory(links: number, seconds: number): Promise<string[]> {
  await using worker = new WorkerProcess("memory");
  await worker.ask("connect", { count: WARM_UP });
  const before = await worker.usage(true);
  await worker.ask("connect", { count: links });
  const after = await worker.usage(true);
  const idle = await watch(worker, seconds);
  return row("in memory, both ends and the pipe", links, before, after, idle, seconds);
}

async function overTcp(links: number, seconds: number): Promise<string[][]> {
  await using pair = await Pair.start();
  await pair.connectTunnels(WARM_UP);
  const ends = [pair.driver, pair.responder];
  const before = await Promise.all(ends.map((end) => end.usage(true)));
  await pair.connectTunnels(links);
  const after = await Promise.all(ends.map((end) => end.usage(true)));
  const idle = await Promise.all(ends.map((end) => watch(end, seconds)));
  return ["TCP, server", "TCP, client"].map((name, i) =>
    row(name, links, before[i]!, after[i]!, idle[i]!, seconds)
  );
}

/** Processor seconds used while `seconds` pass. */
async function watch(worker: WorkerProcess, seconds: number): Promise<number> {
  const { cpu } = await worker.usage();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  return (await worker.usage()).cpu - cpu;
}

function row(
  name: string,
  links: number,
  before: Usage,
  after: Usage,
  idle: number,
  seconds: number,
): string[] {
  const each = (key: "rss" | "heap" | "external") =>
    ((after[key] - before[key]) / links).toFixed(0);
  return [
    name,
    each("rss"),
    each("heap"),
    each("external"),
    idle.toFixed(2),
    `${(100 * idle / seconds).toFixed(1)} %`,
  ];
}
