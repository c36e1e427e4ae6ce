/**
 * Who takes part.
 *
 * @module
 */

import type { Contender } from "./contender.ts";
import type { VersusOptions } from "./options.ts";
import type { ReportedContender } from "./report/report.ts";
import { CONTENDERS } from "./rivals/contenders.ts";
import { tun } from "./rivals/tun.ts";

/** Those who can run, and what the report says of all who were asked for. */
export interface Lineup {
  readonly present: readonly Contender[];
  readonly reported: readonly ReportedContender[];
}

/** Looks who is here. */
export async function gatherLineup(
  { contenders: patterns, trees }: Pick<VersusOptions, "contenders" | "trees">,
): Promise<Lineup> {
  const others = trees.map(({ name, path }) =>
    tun({ name, tree: path, kind: "http", carrier: "upgrade" })
  );
  const chosen = [...CONTENDERS.filter(({ name }) => isChosen(name, patterns)), ...others];
  const availabilities = await Promise.all(chosen.map((contender) => contender.availability()));
  const reported = chosen.map(({ name, family, settings }, i) => ({
    name,
    family,
    settings,
    ...availabilities[i]!,
  }));
  return { present: chosen.filter((_, i) => "version" in availabilities[i]!), reported };
}

/** Whether it is tun as released, and not a checkout. */
export function isExecutable({ name }: Contender): boolean {
  return name.endsWith("(executable)");
}

/** Whether a name contains one of the patterns, or is one that begins with `=`. */
export function isChosen(name: string, patterns: readonly string[]): boolean {
  return patterns.length === 0 ||
    patterns.some((pattern) =>
      pattern.startsWith("=") ? name === pattern.slice(1) : name.includes(pattern)
    );
}
