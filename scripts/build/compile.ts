/**
 * A bundle as an executable.
 *
 * @module
 */

import { fileOf } from "./bundle.ts";
import { run } from "./command.ts";
import type { Platform } from "./platforms.ts";
import { permissionFlags, type Program } from "./programs.ts";

/**
 * `deno compile` decides for good whether an executable can record spans, and then spans of its own
 * for `fetch` and `Deno.serve`, metrics and the console's output come along unasked. So of all
 * this the least is switched on that makes spans possible: the console's output, of which our
 * programs have none but the last words of a crash. Whether they record is decided when they run, by
 * `OTEL_DENO`. It costs a thread that waits.
 */
const TELEMETRY: Readonly<Record<string, string>> = {
  OTEL_SDK_DISABLED: "false",
  OTEL_DENO: "true",
  OTEL_DENO_TRACING: "false",
  OTEL_DENO_METRICS: "false",
  OTEL_DENO_CONSOLE: "capture",
};

/** What is compiled, with what, and where to. */
export interface CompileOptions {
  readonly program: Program;
  readonly platform: Platform;
  /** The bundle. */
  readonly source: URL;
  readonly output: URL;
  /** The `deno` that compiles. It may be older than the one that runs this script. */
  readonly deno: string;
}

/** Compiles a bundle. `DENORT_BIN`, if it is set, is for `deno compile` to read. */
export async function compile(options: CompileOptions): Promise<void> {
  const { program, platform, source, output, deno } = options;
  await run(deno, {
    args: [
      "compile",
      "--quiet",
      // Our deno.json is for the newest Deno only, and a bundle needs nothing of it.
      "--no-config",
      "--no-lock",
      "--no-check",
      // The cache would be a file of a known name in a directory that everybody can write to.
      "--no-code-cache",
      ...permissionFlags(program),
      ...program.unstable.map((name) => `--unstable-${name}`),
      `--target=${platform.target}`,
      `--output=${fileOf(output)}`,
      fileOf(source),
    ],
    cwd: new URL(".", source),
    env: TELEMETRY,
  });
}
