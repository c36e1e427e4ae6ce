/**
 * A strict reader of what Prometheus reads: text format 0.0.4. What a scraper would forgive is an
 * error here: a sample without its `HELP` and `TYPE`, either of them twice, families that are
 * mixed, a label set twice, an escape that is none, buckets that fall.
 *
 * @module
 */

/** One line of figures. */
export interface MetricSample {
  /** With the suffix of a histogram. */
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

/** A metric and its samples. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: readonly MetricSample[];
}

/** A text that is not in the format. */
export class MetricsTextError extends Error {
  override readonly name = "MetricsTextError";
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*/;
const SUFFIXES = { counter: [""], gauge: [""], histogram: ["_bucket", "_sum", "_count"] } as const;

/**
 * Reads all families.
 *
 * @throws {MetricsTextError} For the first line that is wrong.
 */
export function readMetricsText(text: string): Map<string, MetricFamily> {
  if (!text.endsWith("\n")) throw new MetricsTextError("The last line has no end");
  const families = new Map<string, MetricFamily & { samples: MetricSample[] }>();
  const seen = new Set<string>();
  let help: { name: string; text: string } | undefined;
  let family: (MetricFamily & { samples: MetricSample[] }) | undefined;
  for (const [index, line] of text.slice(0, -1).split("\n").entries()) {
    const fail = (what: string) => new MetricsTextError(`line ${index + 1}: ${what}: ${line}`);
    if (line === "") throw fail("empty");
    if (line.startsWith("#")) {
      const [, keyword, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
      if (METRIC_NAME.exec(name)?.[0] !== name) throw fail("not HELP or TYPE of a metric");
      if (families.has(name)) throw fail("it was announced before");
      if (keyword === "HELP") {
        if (help !== undefined) throw fail("the HELP before has no TYPE");
        help = { name, text: unescape(rest, /\\[\\n]/y, fail) };
        continue;
      }
      if (help?.name !== name) throw fail("TYPE without its HELP");
      if (!(rest in SUFFIXES)) throw fail("no such type");
      family = { name, help: help.text, type: rest as MetricFamily["type"], samples: [] };
      families.set(name, family);
      help = undefined;
      continue;
    }
    if (family === undefined || help !== undefined) throw fail("a sample of nothing");
    const sample = readSample(line, fail);
    const suffix = sample.name.slice(family.name.length);
    const isOfFamily = sample.name.startsWith(family.name) &&
      (SUFFIXES[family.type] as readonly string[]).includes(suffix);
    if (!isOfFamily) throw fail(`it is not of ${family.name}`);
    const key = JSON.stringify([sample.name, [...sample.labels].sort()]);
    if (seen.has(key)) throw fail("it is there twice");
    seen.add(key);
    family.samples.push(sample);
  }
  for (const one of families.values()) checkFamily(one);
  return families;
}

/** The value of a sample, by its name and labels in any order. */
export function valueOf(
  families: ReadonlyMap<string, MetricFamily>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const wanted = JSON.stringify(Object.entries(labels).sort());
  for (const { samples } of families.values()) {
    for (const sample of samples) {
      const own = JSON.stringify([...sample.labels].sort());
      if (sample.name === name && own === wanted) return sample.value;
    }
  }
  return undefined;
}

type Fail = (what: string) => MetricsTextError;

function readSample(line: string, fail: Fail): MetricSample {
  const name = METRIC_NAME.exec(line)?.[0] ?? "";
  if (name === "") throw fail("no name");
  const labels = new Map<string, string>();
  let at = name.length;
  if (line[at] === "{") {
    do {
      at++;
      const label = LABEL_NAME.exec(line.slice(at))?.[0] ?? "";
      at += label.length;
      if (label === "" || line.slice(at, at + 2) !== '="') throw fail("a label without name");
      const text = /^(?:[^"\\]|\\.)*/.exec(line.slice(at + 2))![0];
      at += 2 + text.length + 1;
      if (line[at - 1] !== '"') throw fail("a label without end");
      if (labels.has(label)) throw fail(`${label} is there twice`);
      labels.set(label, unescape(text, /\\[\\n"]/y, fail));
    } while (line[at] === ",");
    if (line[at++] !== "}") throw fail("labels without end");
  }
  const value = /^ (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|NaN|[+-]Inf)$/.exec(line.slice(at))?.[1];
  if (value === undefined) throw fail("no value");
  return { name, labels, value: Number(value.replace("Inf", "Infinity")) };
}

function unescape(text: string, escape: RegExp, fail: Fail): string {
  return text.replaceAll(/\\.?/g, (found) => {
    escape.lastIndex = 0;
    if (!escape.test(found)) throw fail(`no such escape: ${found}`);
    return found === "\\n" ? "\n" : found[1]!;
  });
}

function checkFamily({ name, type, samples }: MetricFamily): void {
  const fail = (what: string) => new MetricsTextError(`${name}: ${what}`);
  if (samples.length === 0) throw fail("no samples");
  if ((type === "counter") !== name.endsWith("_total")) throw fail(`${type} by such a name`);
  const shapes = new Set(
    samples.filter(({ name: one }) => one === name)
      .map(({ labels }) => [...labels.keys()].join()),
  );
  if (shapes.size > 1) throw fail("samples with different labels");
  for (const { name: one, value } of samples) {
    if (type !== "gauge" && !(value >= 0)) throw fail(`${one} is ${value}`);
  }
  if (type === "histogram") checkHistogram(name, samples, fail);
}

/** Series by series: bounds rise, counts do not fall, the last one is everything. */
function checkHistogram(name: string, samples: readonly MetricSample[], fail: Fail): void {
  const series = Map.groupBy(
    samples,
    ({ labels }) => JSON.stringify([...labels].filter(([label]) => label !== "le").sort()),
  );
  for (const group of series.values()) {
    const buckets = group.filter((one) => one.name === `${name}_bucket`);
    let [bound, count] = [-Infinity, 0];
    for (const { labels, value } of buckets) {
      const le = Number((labels.get("le") ?? "").replace("Inf", "Infinity"));
      if (!(le > bound) || labels.get("le") === "") throw fail("bounds that do not rise");
      if (value < count) throw fail("buckets that fall");
      [bound, count] = [le, value];
    }
    if (bound !== Infinity) throw fail("no bucket for everything");
    const [total, ...others] = group.filter((one) => one.name === `${name}_count`);
    if (total?.value !== count || others.length > 0) throw fail("a count that is not everything");
    if (group.filter((one) => one.name === `${name}_sum`).length !== 1) throw fail("no sum");
  }
}
