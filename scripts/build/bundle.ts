/**
 * A program as one small file. `deno compile` would put every npm package in whole.
 *
 * @module
 */

import { run } from "./command.ts";
import type { Program } from "./programs.ts";

/** What is bundled, and where to. */
export interface BundleOptions {
  readonly program: Program;
  readonly root: URL;
  readonly output: URL;
  readonly commit: string | undefined;
}

/**
 * Bundles a program with the Deno that runs this script: it understands our deno.json, which the
 * one that compiles need not.
 */
export async function bundle({ program, root, output, commit }: BundleOptions): Promise<void> {
  const path = fileOf(output);
  await run(Deno.execPath(), {
    args: ["bundle", "--quiet", "--minify", "--platform=deno", `--output=${path}`, program.entry],
    cwd: root,
  });
  // The code that reads them is loaded after the first line: `version.ts` of both programs, and
  // `protocol/trace/deno_telemetry.ts`, for which `compile.ts` keeps the promise.
  const marks = { TUN_COMMIT: commit, TUN_TELEMETRY: true };
  const line = `Object.assign(globalThis,${JSON.stringify(marks)});\n`;
  await Deno.writeTextFile(output, line + await Deno.readTextFile(output));
}

/** The path of a file URL, in the system's own form. */
export function fileOf(url: URL): string {
  const path = decodeURIComponent(url.pathname);
  return Deno.build.os === "windows" ? path.slice(1) : path;
}
