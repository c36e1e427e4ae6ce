/**
 * Which reporter fits this output.
 *
 * @module
 */

import type { OutputOptions } from "../command.ts";
import type { Environment } from "../../environment.ts";

/** How to show what happens. */
export interface OutputMode {
  readonly mode: "json" | "plain" | "live";
  readonly colour: boolean;
}

/**
 * JSON if asked for; the live view on a terminal that can; lines everywhere else, and for
 * `--verbose`, whose point is that nothing is drawn over.
 */
export function outputMode(
  output: OutputOptions,
  isTerminal: boolean,
  env: Environment,
): OutputMode {
  if (output.json) return { mode: "json", colour: false };
  const capable = isTerminal && env.TERM !== "dumb";
  const colour = capable && !env.NO_COLOR;
  return { mode: capable && !output.verbose ? "live" : "plain", colour };
}
