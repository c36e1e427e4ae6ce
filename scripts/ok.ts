/**
 * Runs everything that CI runs, prints how each step went, and fails if one
 * did. `--skip=test` leaves a step out that has just been run.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";

/** The steps, each a task of deno.json, perhaps with flags. A new step is one line. */
const STEPS = [
  "check",
  "fmt:check",
  "lint",
  "test",
  "fuzz --seconds 10",
  "conformance:python",
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
    args: ["task", ...step.split(" ")],
    cwd: new URL("..", import.meta.url),
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  return { step, passed: success, seconds: ((performance.now() - start) / 1000).toFixed(1) };
}

/** A step without its flags. */
function taskOf(step: string): string {
  return step.split(" ", 1)[0]!;
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

const { skip } = parseArgs(Deno.args, { string: ["skip"], collect: ["skip"] });
const unknown = skip.filter((task) => !STEPS.some((step) => taskOf(step) === task));
if (unknown.length > 0) {
  say(`No such step: ${unknown.join(", ")}. The steps are: ${STEPS.map(taskOf).join(", ")}`);
  Deno.exit(2);
}

const outcomes: Outcome[] = [];
for (const step of STEPS) {
  if (!skip.includes(taskOf(step))) outcomes.push(await run(step));
}

say("\n== result");
for (const { step, passed, seconds } of outcomes) {
  say(`${passed ? "ok    " : "FAILED"}  ${taskOf(step).padEnd(14)} ${seconds.padStart(6)} s`);
}
Deno.exit(outcomes.every((outcome) => outcome.passed) ? 0 : 1);
