/**
 * Who takes part.
 *
 * @module
 */

import type { Contender } from "./contender.ts";
import { DIRECT } from "./contenders/direct.ts";
import { tunContender } from "./contenders/tun.ts";
import type { VersusOptions } from "./options.ts";
import type { ReportedContender } from "./report/report.ts";

/** Those who can run, and what the report says of all who were asked for. */
export interface Lineup {
  readonly present: readonly Contender[];
  readonly reported: readonly ReportedContender[];
}

/** Looks who is here. */
export async function gatherLineup(
  { contenders: patterns, trees }: Pick<VersusOptions, "contenders" | "trees">,
): Promise<Lineup> {
  const root = new URL("../..", import.meta.url).pathname;
  const everybody = [
    tunContender({ name: "tun http", tree: root, kind: "http" }),
    tunContender({ name: "tun tcp", tree: root, kind: "tcp" }),
    DIRECT,
  ];
  const others = trees.map(({ name, path }) => tunContender({ name, tree: path, kind: "http" }));
  const chosen = [...everybody.filter(({ name }) => isChosen(name, patterns)), ...others];
  const availabilities = await Promise.all(chosen.map((contender) => contender.availability()));
  const reported = chosen.map(({ name, family, settings }, i) => ({
    name,
    family,
    settings,
    ...availabilities[i]!,
  }));
  return { present: chosen.filter((_, i) => "version" in availabilities[i]!), reported };
}

/** Whether a name contains one of the patterns, or is one that begins with `=`. */
export function isChosen(name: string, patterns: readonly string[]): boolean {
  return patterns.length === 0 ||
    patterns.some((pattern) =>
      pattern.startsWith("=") ? name === pattern.slice(1) : name.includes(pattern)
    );
}
