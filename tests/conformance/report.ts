/**
 * Checks rules one after the other and says how it went, a line for each.
 *
 * @module
 */

import { type Rule, RuleBroken, RuleSkipped } from "./wire/rule.ts";

/** How rules are checked. */
export interface CheckOptions<Context> {
  /** Only rules whose name or section contains this. */
  readonly filter?: string | undefined;
  /** Takes a line. */
  readonly say: (line: string) => void;
  /** Says what happened lately on the wire, below what was expected and what came. */
  readonly describe: (context: Context) => string;
  /** A rule was broken: what it left behind is not fit for the next. */
  readonly afterFailure: (context: Context) => Promise<void>;
}

/** How it went. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Checks rules. */
export async function checkRules<Context>(
  rules: readonly Rule<Context>[],
  context: Context,
  { filter = "", say, describe, afterFailure }: CheckOptions<Context>,
): Promise<Outcome> {
  let [passed, failed, skipped] = [0, 0, 0];
  for (const rule of rules) {
    const title = `§${rule.section} ${rule.name}`;
    if (!title.toLowerCase().includes(filter.toLowerCase())) continue;
    const from = performance.now();
    try {
      await rule.check(context);
      passed++;
      say(`ok    ${title} (${Math.round(performance.now() - from)} ms)`);
    } catch (error) {
      if (error instanceof RuleSkipped) {
        skipped++;
        say(`skip  ${title}: ${error.message}`);
        continue;
      }
      failed++;
      const why = error instanceof RuleBroken ? error.message : `${error}\n${stackOf(error)}`;
      const lately = why.includes("\nlately:") ? "" : `\n${describe(context)}`;
      say(`FAIL  ${title}\n${(why + lately).trimEnd().replace(/^/gm, "        ")}`);
      await afterFailure(context);
    }
  }
  say(`${passed} ok, ${failed} failed, ${skipped} skipped`);
  return { passed, failed, skipped };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? "" : "";
}
