/**
 * Runs everything that CI runs, prints how each step went, and fails if one
 * did. `--skip=test` leaves a step out that has just been run.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";

/** The steps, each a task of deno.json. A new step is one line. */
const STEPS = [
  "check",
  "fmt:check",
  "lint",
  "test",
  "doc:lint",
  "publish:check",
];

/** What became of a step. */
interface Outcome {
  readonly step: string;
  readonly passed: boolean;
  readonly seconds: string;
}

async function run(step: string): Promise<Outcome> {
  say(`\n== ${step}`);
  const start = performance.now();
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["task", step],
    cwd: new URL("..", import.meta.url),
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  return { step, passed: success, seconds: ((performance.now() - start) / 1000).toFixed(1) };
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

const { skip } = parseArgs(Deno.args, { string: ["skip"], collect: ["skip"] });
const unknown = skip.filter((step) => !STEPS.includes(step));
if (unknown.length > 0) {
  say(`No such step: ${unknown.join(", ")}. The steps are: ${STEPS.join(", ")}`);
  Deno.exit(2);
}

const outcomes: Outcome[] = [];
for (const step of STEPS) {
  if (!skip.includes(step)) outcomes.push(await run(step));
}

say("\n== result");
for (const { step, passed, seconds } of outcomes) {
  say(`${passed ? "ok    " : "FAILED"}  ${step.padEnd(14)} ${seconds.padStart(6)} s`);
}
Deno.exit(outcomes.every((outcome) => outcome.passed) ? 0 : 1);
