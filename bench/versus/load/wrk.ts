/**
 * Runs wrk and reads what it found.
 *
 * @module
 */

import type { Running } from "../contender.ts";
import type { Stage } from "../workload.ts";

const REPORT_SCRIPT = new URL("./wrk_report.lua", import.meta.url).pathname;

/** What stands before the JSON line of `wrk_report.lua`. */
const MARK = "tun-bench ";

/** How to load a contender. */
export interface WrkOptions {
  readonly connections: number;
  readonly seconds: number;
  /** @default "/small" */
  readonly path?: string;
  /** Headers beside `Host`. */
  readonly headers?: readonly string[];
  /** Posts bodies of so many bytes, in place of GETs. */
  readonly postBytes?: number;
}

/** What wrk found; times in milliseconds. */
export interface WrkResult {
  readonly requests: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Connections that failed or ended early, and timeouts. */
  readonly failed: number;
  /** Answers that were neither 2xx nor 3xx. */
  readonly refused: number;
  /** Processor time of wrk itself. */
  readonly cpuSeconds: number;
}

/** The command; but for the address it is the same for every contender. */
export function wrkCommand(
  { address, host }: Pick<Running, "address" | "host">,
  { connections, seconds, path = "/small", headers = [] }: WrkOptions,
): readonly string[] {
  return [
    "wrk",
    // One is never busy all the time: wrk needs a fraction of what any tunnel needs.
    "--threads=1",
    `--connections=${connections}`,
    `--duration=${Math.ceil(seconds)}s`,
    "--timeout=10s",
    `--script=${REPORT_SCRIPT}`,
    ...[`Host: ${host}`, ...headers].map((header) => `--header=${header}`),
    `http://${address.hostname}:${address.port}${path}`,
  ];
}

/**
 * Runs it where visitors are.
 *
 * @throws {Error} If wrk could not run, or nothing was answered.
 */
export async function runWrk(
  visited: Pick<Running, "address" | "host">,
  options: WrkOptions,
  { leg, signal }: Pick<Stage, "leg" | "signal">,
): Promise<WrkResult> {
  const [program, ...args] = [...leg.server.prefix, ...wrkCommand(visited, options)];
  const child = new Deno.Command(program!, {
    args,
    env: options.postBytes === undefined ? {} : { TUN_BENCH_POST: String(options.postBytes) },
    stdout: "piped",
    stderr: "piped",
    signal,
  }).spawn();
  // wrk counts in whole seconds, but an interrupt ends it in good order.
  const timer = Number.isInteger(options.seconds)
    ? undefined
    : setTimeout(() => child.kill("SIGINT"), options.seconds * 1000);
  const { stdout, stderr } = await child.output();
  clearTimeout(timer);
  const result = parseWrkOutput(new TextDecoder().decode(stdout));
  if (result === undefined) {
    throw new Error(`wrk said nothing: ${new TextDecoder().decode(stderr).trim()}`);
  }
  if (result.requests === 0) {
    throw new Error(`wrk got no answer at all (${result.failed} connections failed)`);
  }
  return result;
}

/** Finds the line of `wrk_report.lua` in what wrk printed. */
export function parseWrkOutput(text: string): WrkResult | undefined {
  const line = text.split("\n").find((line) => line.startsWith(MARK));
  if (line === undefined) return undefined;
  const found = JSON.parse(line.slice(MARK.length)) as Record<string, number>;
  const { requests, micros, p50, p99, max, failed, refused, cpuTicks } = found;
  return {
    requests: requests!,
    seconds: micros! / 1e6,
    p50: p50! / 1e3,
    p99: p99! / 1e3,
    max: max! / 1e3,
    failed: failed!,
    refused: refused!,
    cpuSeconds: cpuTicks! / 100,
  };
}
