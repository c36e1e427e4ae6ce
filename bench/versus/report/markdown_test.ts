import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { renderMarkdown } from "./markdown.ts";
import { contender, requests, sampleReport } from "./sample_report.ts";

const CONTENDERS = [
  contender("tun http over upgrade", "tun"),
  contender("frp http", "http"),
  { ...contender("piko", "http"), missing: "not fetched" },
];

const WORKLOAD = requests("small-64", {
  "tun http over upgrade": [{ perSecond: 20_000, p50: 2 }, { perSecond: 30_000, p50: 4 }],
  "frp http": [{ perSecond: 10_000, p50: 6 }],
});

Deno.test("renderMarkdown gives medians, spread, ratio to tun, and versions", () => {
  const rows = renderMarkdown(sampleReport(CONTENDERS, [WORKLOAD])).split("\n")
    .map((line) => line.replace(/ +/g, " "));
  assert(
    rows.includes("| tun http over upgrade | 25,000 (20,000 to 30,000) | 1.00 | 3.00 |"),
  );
  assert(rows.includes("| frp http | 10,000 | 0.40 | 6.00 |"));
  assert(rows.includes("| frp http | 1.0 | defaults |"));
});

Deno.test("renderMarkdown says who is missing, who failed, and why", () => {
  const failed = { contender: "piko", samples: [], problem: "answered 502, not 200" };
  const { version: _, ...missing } = contender("bore", "raw");
  const text = renderMarkdown(sampleReport(
    [...CONTENDERS, { ...missing, missing: "not built" }],
    [{ ...WORKLOAD, results: [...WORKLOAD.results, failed] }],
  ));
  assertStringIncludes(text, "- piko: answered 502, not 200");
  assertStringIncludes(text, "- not here: bore (not built)");
});

Deno.test("renderMarkdown marks who left requests without an answer", () => {
  const workload = requests("small-64", {
    "tun http over upgrade": [{ perSecond: 20_000, p50: 2, errors: 0 }],
    "frp http": [{ perSecond: 10_000, p50: 6, errors: 0 }, { perSecond: 9_000, p50: 6, errors: 3 }],
  });
  const text = renderMarkdown(sampleReport(CONTENDERS, [workload]));
  assertStringIncludes(text, "| frp http (!)");
  assertEquals(text.includes("tun http over upgrade (!)"), false);
});

Deno.test("renderMarkdown says what was not run, not reached or left out", () => {
  const line = { ...requests("far-small", {}), problem: "network namespaces need root" };
  const report = sampleReport(CONTENDERS, [{ ...WORKLOAD, leftOut: ["rathole"] }, line]);
  const text = renderMarkdown({ ...report, unfinished: ["echo-1", "events"] });
  assertStringIncludes(text, "Not run: network namespaces need root.");
  assertStringIncludes(text, "not reached: echo-1, events.");
  assertStringIncludes(text, "telling nothing new: rathole.");
});

Deno.test("renderMarkdown puts the targets first, and who took part last", () => {
  const text = renderMarkdown(sampleReport(CONTENDERS, [WORKLOAD]), "a.svg");
  const order = ["### Targets", "(a.svg)", "### The workload", "### Who took part"]
    .map((part) => text.indexOf(part));
  assertEquals(order, order.toSorted((a, b) => a - b));
  assert(order[0] === 0);
});

Deno.test("renderMarkdown does not judge a quick run", () => {
  assertStringIncludes(renderMarkdown(sampleReport(CONTENDERS, [WORKLOAD])), "### Targets");
  const quick = renderMarkdown(sampleReport(CONTENDERS, [WORKLOAD], { quick: true }));
  assertEquals(quick.includes("### Targets"), false);
  assertStringIncludes(quick, "mean little");
});

Deno.test("renderMarkdown makes tables whose rows are as wide as their head", () => {
  const text = renderMarkdown(sampleReport(CONTENDERS, [WORKLOAD]));
  for (const table of text.split("\n\n").filter((block) => block.startsWith("|"))) {
    assertEquals(new Set(table.trimEnd().split("\n").map((line) => line.length)).size, 1);
  }
});
