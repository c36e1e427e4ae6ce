/**
 * `deno task bench versus`: tun against its rivals, on the same app and under the same load.
 *
 * @module
 */

import { basename, dirname, resolve } from "node:path";
import { fail, print } from "../protocol/print.ts";
import { compare } from "./comparison.ts";
import { HELP, parseOptions, type VersusOptions } from "./options.ts";
import { renderMarkdown } from "./report/markdown.ts";
import { publishReport } from "./report/publish.ts";
import type { Report } from "./report/report.ts";
import { renderSvg } from "./report/svg.ts";

const EXIT_STOPPED = 1;
const EXIT_USAGE = 2;

/** Runs what the command line asks for, and writes and prints the report. */
export async function runVersus(args: readonly string[]): Promise<boolean> {
  using signals = stopOnSignal();
  try {
    const options = parseOptions(args);
    if (options.help) {
      print(HELP);
      return true;
    }
    await writeReport(await findReport(options, args, signals.signal), options);
    return true;
  } catch (error) {
    if (signals.signal.aborted) {
      fail(EXIT_STOPPED, "Stopped. The turns that were over are in the JSON file, see --from");
    }
    if (error instanceof RangeError) fail(EXIT_USAGE, error.message);
    throw error;
  }
}

/** A run's report, or one that is there already. */
async function findReport(
  options: VersusOptions,
  args: readonly string[],
  signal: AbortSignal,
): Promise<Report> {
  if (options.from !== undefined) return await readReport(options.from);
  await Deno.mkdir(dirname(resolve(options.out)), { recursive: true });
  return await compare(options, {
    command: `deno task bench versus ${args.join(" ")}`.trim(),
    signal,
    onProgress: (report) => writeJson(report, options.out),
  });
}

/** What an earlier run has written. */
async function readReport(path: string): Promise<Report> {
  try {
    return JSON.parse(await Deno.readTextFile(path)) as Report;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) {
      throw new RangeError(`Cannot read a report from ${path}: ${error.message}`);
    }
    throw error;
  }
}

async function writeReport(
  report: Report,
  { out, publish }: Pick<VersusOptions, "out" | "publish">,
): Promise<void> {
  const picture = renderSvg(report);
  const markdown = renderMarkdown(report, picture && `${basename(out)}.svg`);
  await writeJson(report, out);
  await Deno.writeTextFile(`${out}.md`, markdown);
  if (picture !== undefined) await Deno.writeTextFile(`${out}.svg`, picture);
  print(`\n${markdown}\nWritten: ${out}.json, and .md${picture === undefined ? "" : ", .svg"}`);
  if (publish) await publishReport(report);
}

/** At no time is there half a file: a run may be cut off at any moment. */
async function writeJson(report: Report, out: string): Promise<void> {
  const path = `${out}.json`;
  await Deno.writeTextFile(`${path}.new`, `${JSON.stringify(report, null, 2)}\n`);
  await Deno.rename(`${path}.new`, path);
}

/** Nothing that was started may outlive us: a signal unwinds everything. */
function stopOnSignal(): Disposable & { readonly signal: AbortSignal } {
  const stop = new AbortController();
  const onSignal = () => stop.abort(new Error("Stopped by a signal"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, onSignal);
  return {
    signal: stop.signal,
    [Symbol.dispose]: () => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) {
        Deno.removeSignalListener(signal, onSignal);
      }
    },
  };
}
