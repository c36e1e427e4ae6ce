import { assertEquals, assertThrows } from "@std/assert";
import { PromqlError, readPromql } from "./promql.ts";

Deno.test("readPromql() tells what is selected, and what is done with it", () => {
  assertEquals(
    readPromql(
      'histogram_quantile(0.9, sum by (le, x) (rate(a_bucket{job="$job", i=~"b"}[5m]))) > 1',
    ),
    [{
      metric: "a_bucket",
      labels: ["job", "i"],
      values: new Map([["job", "$job"]]),
      within: ["rate", "sum", "histogram_quantile"],
      keptBy: ["le", "x"],
    }],
  );
  const metrics = (expression: string) => readPromql(expression).map(({ metric }) => metric);
  assertEquals(metrics("sum(a) / (sum(b{}) + 1) - time()"), ["a", "b"]);
  assertEquals(metrics("topk(10, rate(a[$__rate_interval]) > 0)"), ["a"]);
});

Deno.test("readPromql() refuses what Prometheus would", () => {
  for (
    const expression of [
      "",
      "sum(",
      "sum()",
      "sum(a",
      "sum(a))",
      "sum(a) b",
      "rate(a)",
      "rate(a[5m)",
      "rate(a[5x])",
      "rate(rate(a[5m]))",
      "a[5m]",
      "a[5m] + 1",
      "sum(a[5m])",
      "sum(1)",
      "histogram_quantile(sum(a), 0.9)",
      "frate(a[5m])",
      "a{b}",
      'a{b=="c"}',
      "a{b='c'}",
      'a{="c"}',
      'a{b="c" d="e"}',
      "sum by le (a)",
      "sum by (le a) (b)",
      "1 +",
      "+ / 1",
      "a $b",
    ]
  ) assertThrows(() => readPromql(expression), PromqlError, undefined, expression);
});
