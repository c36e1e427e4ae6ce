/**
 * Adds up the reports that `deno test --junit-path` has left in `.reports/`
 * and prints `N passed, N failed`. Steps count as tests, ignored tests do not
 * count. With `--failed`, the run is known to have failed: if no test did (a
 * file that does not compile, a lint error), that is counted as one failure.
 *
 * @module
 */

/** How many tests of a report passed and failed. */
export interface Count {
  /** Tests that passed. */
  readonly passed: number;
  /** Tests that failed. */
  readonly failed: number;
}

/** Counts the tests of one JUnit report. */
export function countTests(report: string): Count {
  let passed = 0;
  let failed = 0;
  for (const [suite] of report.matchAll(/<testsuite\s[^>]*>/g)) {
    const attribute = (name: string): number =>
      Number(suite.match(new RegExp(`\\s${name}="(\\d+)"`))?.[1] ?? 0);
    const bad = attribute("failures") + attribute("errors");
    failed += bad;
    passed += attribute("tests") - attribute("disabled") - bad;
  }
  return { passed, failed };
}

async function main(): Promise<void> {
  const reports = new URL("../.reports/", import.meta.url);
  let passed = 0;
  let failed = 0;
  await Deno.mkdir(reports, { recursive: true });
  for await (const { name } of Deno.readDir(reports)) {
    if (!name.endsWith(".xml")) continue;
    const count = countTests(await Deno.readTextFile(new URL(name, reports)));
    passed += count.passed;
    failed += count.failed;
  }
  if (Deno.args.includes("--failed")) failed ||= 1;
  await Deno.stdout.write(new TextEncoder().encode(`${passed} passed, ${failed} failed\n`));
}

if (import.meta.main) await main();
