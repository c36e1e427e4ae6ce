import { assertEquals } from "@std/assert";
import { contender, requests, sampleReport } from "./sample_report.ts";
import { judgeTargets } from "./targets.ts";

const CONTENDERS = [
  contender("tun http over upgrade", "tun"),
  contender("tun tcp over tcp", "tun"),
  contender("frp http", "http"),
  contender("piko", "http"),
  contender("rathole", "raw"),
  contender("tinytun", "raw"),
  contender("direct", "limit"),
];

function judge(samples: Record<string, number>) {
  const workload = requests(
    "small-64",
    Object.fromEntries(
      Object.entries(samples).map(([name, perSecond]) => [name, [{ perSecond, p50: 1 }]]),
    ),
  );
  return judgeTargets(sampleReport(CONTENDERS, [workload]));
}

Deno.test("judgeTargets compares with the best of a kind, and leaves limits out", () => {
  const outcomes = judge({
    "tun http over upgrade": 20_000,
    "tun tcp over tcp": 22_000,
    "frp http": 9_000,
    piko: 5_000,
    rathole: 23_000,
    tinytun: 18_000,
    direct: 90_000,
  });
  assertEquals(outcomes.map(({ measured, outcome }) => `${measured}: ${outcome}`), [
    "2.22 × frp http: met",
    "1.11 × tinytun: missed",
    "0.870 × rathole: missed",
    "0.957 × rathole: met",
  ]);
});

Deno.test("judgeTargets does not judge what was not measured", () => {
  const outcomes = judge({ "tun http over upgrade": 20_000, direct: 90_000 });
  assertEquals(new Set(outcomes.map(({ outcome }) => outcome)), new Set(["not measured"]));
});

Deno.test("judgeTargets speaks of workloads that have run", () => {
  assertEquals(judgeTargets(sampleReport(CONTENDERS, [])), []);
});

Deno.test("judgeTargets takes the median of the rounds", () => {
  const rounds = (...values: number[]) => values.map((p50) => ({ perSecond: 1, p50 }));
  const workload = requests("small-1", {
    "tun http over upgrade": rounds(0.1, 9, 0.2),
    piko: rounds(0.4, 0.4, 0.4),
  });
  const [http] = judgeTargets(sampleReport(CONTENDERS, [workload]));
  assertEquals(http?.measured, "0.500 × piko");
});
