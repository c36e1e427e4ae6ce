/**
 * The comparison runs, and what it finds makes sense: tun beside no tunnel at all, everything in a
 * fraction of its size. What is fast is nobody's business here.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Report, ReportedResult, ReportedWorkload } from "./report/report.ts";
import { compare } from "./comparison.ts";
import { parseOptions } from "./options.ts";
import type { Workload } from "./workload.ts";
import { selectWorkloads, WORKLOADS } from "./workloads/all.ts";

/** Parts of the comparison read the kernel's tables, and wrk is a package of Debian. */
const CANNOT_RUN = Deno.build.os !== "linux" || !await hasWrk();

/** One line is as good as another here. */
const WORKLOADS_TRIED = WORKLOADS.filter(({ group }) => group !== "network-lossy");

const CONTENDERS = ["tun http over upgrade", "direct"];

Deno.test({
  name: "versus measures every workload, and its report survives JSON",
  ignore: CANNOT_RUN,
  fn: async (test) => {
    const options = parseOptions([
      "--quick",
      `--contenders==${CONTENDERS.join(",=")}`,
      `--only=${WORKLOADS_TRIED.map(({ name }) => name).join()}`,
    ]);
    const { signal } = new AbortController();
    const report = await compare(options, { command: "smoke", signal });

    await test.step("both contenders took part", () => {
      assertEquals(report.contenders.map(({ name }) => name), CONTENDERS);
      assert(report.contenders.every(({ version }) => version !== undefined));
    });
    await test.step("no workload is missing", () => {
      assertEquals(
        report.workloads.map(({ name }) => name),
        WORKLOADS_TRIED.map(({ name }) => name),
      );
      assertEquals(report.unfinished, []);
    });
    for (const workload of report.workloads) {
      await test.step(workload.name, () => checkWorkload(workload));
    }
    await test.step("JSON keeps all of it", () => {
      assertEquals(JSON.parse(JSON.stringify(report)) as Report, report);
    });
  },
});

function checkWorkload(workload: ReportedWorkload): void {
  if (workload.problem !== undefined) {
    // A line needs rights that not everybody has.
    const [{ line }] = selectWorkloads([workload.name]) as [Workload];
    assert(line !== undefined, workload.problem);
    return;
  }
  assert(workload.results.length > 0, workload.name);
  for (const result of workload.results) {
    if (workload.name === "connect" && result.contender === "direct") {
      assertEquals([result.samples.length, result.problem], [0, "direct has no client"]);
    } else checkResult(workload, result);
  }
}

function checkResult({ figures, rounds }: ReportedWorkload, result: ReportedResult): void {
  assertEquals(result.problem, undefined, result.contender);
  assertEquals(result.samples.length, rounds);
  for (const sample of result.samples) {
    assertEquals(Object.keys(sample).toSorted(), figures.map(({ name }) => name).toSorted());
    const words = `${result.contender}: ${JSON.stringify(sample)}`;
    assert(Object.values(sample).every(Number.isFinite), words);
    assert((sample.errors ?? 0) === 0, words);
    assert((sample.perSecond ?? 1) > 0 && (sample.megabytes ?? 1) > 0, words);
    if (sample.p99 !== undefined && sample.p50 !== undefined) {
      assert(sample.p50 <= sample.p99, words);
    }
  }
}

async function hasWrk(): Promise<boolean> {
  try {
    await new Deno.Command("wrk", { args: ["-v"], stdout: "null", stderr: "null" }).output();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
