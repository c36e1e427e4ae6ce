import { assertEquals, assertThrows } from "@std/assert";
import { MetricsTextError, readMetricsText, valueOf } from "./prometheus_text.ts";

const HEAD = "# HELP a_total A\\\\B\\nC\n# TYPE a_total counter\n";

const HISTOGRAM = `# HELP h H
# TYPE h histogram
h_bucket{le="0.5"} 1
h_bucket{le="1"} 1
h_bucket{le="+Inf"} 3
h_sum 7.5e-3
h_count 3
`;

Deno.test("readMetricsText() reads names, labels, escapes and values", () => {
  const families = readMetricsText(
    `${HEAD}a_total{x="1",y="a\\"b\\\\c\\nd,}{"} 1e+21\n${HISTOGRAM}`,
  );
  assertEquals(families.get("a_total")?.help, "A\\B\nC");
  assertEquals(valueOf(families, "a_total", { y: 'a"b\\c\nd,}{', x: "1" }), 1e21);
  assertEquals(valueOf(families, "h_bucket", { le: "+Inf" }), 3);
  assertEquals(valueOf(families, "h_sum"), 0.0075);
  assertEquals(valueOf(families, "h_sum", { x: "1" }), undefined);
});

const WRONG: readonly string[] = [
  "",
  "a_total 1",
  "a_total 1\n",
  HEAD,
  `${HEAD}a_total 1`,
  `${HEAD}a_total 1\n\n`,
  `${HEAD}a_total 1\na_total 2\n`,
  `${HEAD}a_total{x="1",y="2"} 1\na_total{y="2",x="1"} 1\n`,
  `${HEAD}a_total{x="1"} 1\na_total{y="1"} 1\n`,
  `${HEAD}a_total{x="1",x="2"} 1\n`,
  `${HEAD}a_total{x="1"}\n`,
  `${HEAD}a_total{x="1" 1\n`,
  `${HEAD}a_total{x=1} 1\n`,
  `${HEAD}a_total{x="\\t"} 1\n`,
  `${HEAD}a_total{} 1\n`,
  `${HEAD}a_total  1\n`,
  `${HEAD}a_total 1 \n`,
  `${HEAD}a_total one\n`,
  `${HEAD}a_total -1\n`,
  `${HEAD}a_total NaN\n`,
  `${HEAD}a_total 1\r\n`,
  `${HEAD}b_total 1\n`,
  `${HEAD}a_total 1\n${HEAD}a_total{x="1"} 1\n`,
  `${HEAD}a_total 1\n${HISTOGRAM}a_total{x="1"} 1\n`,
  "# TYPE a_total counter\na_total 1\n",
  "# HELP a_total A\na_total 1\n",
  "# HELP a_total A\n# TYPE a_total untyped\na_total 1\n",
  "# HELP a A\n# TYPE a counter\na 1\n",
  "# HELP a_total A\n# TYPE a_total gauge\na_total 1\n",
  "# a comment\n" + HEAD + "a_total 1\n",
  HISTOGRAM.replace('le="1"', 'le="0.1"'),
  HISTOGRAM.replace('"1"} 1', '"1"} 0'),
  HISTOGRAM.replace('h_bucket{le="+Inf"} 3\n', ""),
  HISTOGRAM.replace("h_count 3", "h_count 4"),
  HISTOGRAM.replace("h_count 3\n", ""),
  HISTOGRAM.replace("h_sum 7.5e-3\n", ""),
  HISTOGRAM.replace("h_sum", "h_total"),
];

Deno.test("readMetricsText() refuses whatever is not the format to the letter", () => {
  for (const text of WRONG) assertThrows(() => readMetricsText(text), MetricsTextError);
});
