/**
 * The dashboard against what a running server prints: nothing on it is without figures, and no
 * figure is drawn in a way that means nothing.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type MetricFamily, readMetricsText } from "../support/prometheus_text.ts";
import { readPromql, type Selection } from "../support/promql.ts";
import { bootServer } from "../support/tunnel_boot.ts";

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly {
    readonly refId: string;
    readonly expr: string;
    readonly legendFormat: string;
  }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly definition?: string }[];
  };
}

const dashboard: Dashboard = JSON.parse(
  await Deno.readTextFile(new URL("../../packaging/grafana/tun-server.json", import.meta.url)),
);

/** What Prometheus adds to whatever it scrapes. */
const ADDED = ["job", "instance"];

const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map((target) => ({ title, ...target, selections: readPromql(target.expr) }))
);

/** What a server that has just been started prints. */
async function printed(): Promise<Map<string, MetricFamily>> {
  await using server = await bootServer();
  const { port } = server.server.adminAddress;
  return readMetricsText(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
}

function familyOf(
  families: ReadonlyMap<string, MetricFamily>,
  { metric }: Selection,
): MetricFamily | undefined {
  const histogram = families.get(metric.replace(/_(?:bucket|sum|count)$/, ""));
  return families.get(metric) ?? (histogram?.type === "histogram" ? histogram : undefined);
}

Deno.test("Dashboard: every metric and label that it asks for is printed", async () => {
  const families = await printed();
  for (const { title, expr, selections } of queries) {
    for (const selection of selections) {
      const what = `${title}: ${selection.metric} in ${expr}`;
      const family = familyOf(families, selection);
      assert(family !== undefined, what);
      const samples = family.samples.filter(({ name }) => name === selection.metric);
      assert(samples.length > 0, what);
      const there = [...samples[0]!.labels.keys(), ...ADDED];
      for (const label of [...selection.labels, ...selection.keptBy]) {
        assert(there.includes(label), `${what}: no label ${label}`);
      }
      for (const [label, value] of selection.values) {
        if (ADDED.includes(label)) continue;
        const values = samples.map(({ labels }) => labels.get(label));
        assert(values.includes(value), `${what}: ${label} is never ${value}`);
      }
      for (const label of ADDED) assert(selection.labels.includes(label), `${what}: any ${label}`);
    }
  }
});

Deno.test("Dashboard: every metric that is printed is on it", async () => {
  const families = await printed();
  const drawn = new Set(
    queries.flatMap(({ selections }) => selections.map((one) => familyOf(families, one)?.name)),
  );
  assertEquals([...families.keys()].filter((name) => !drawn.has(name)), []);
});

Deno.test("Dashboard: what only goes up is drawn by its growth, and nothing else is", async () => {
  const families = await printed();
  for (const { title, selections } of queries) {
    for (const selection of selections) {
      const { within, keptBy, metric } = selection;
      const isCount = familyOf(families, selection)!.type !== "gauge";
      const isGrowth = within[0] === "rate" || within[0] === "increase";
      assertEquals(isGrowth, isCount, `${title}: ${metric}`);
      if (within.includes("histogram_quantile")) {
        assert(metric.endsWith("_bucket") && keptBy.includes("le"), `${title}: ${metric}`);
      }
    }
  }
});

Deno.test("Dashboard: a legend names only labels that its series have", () => {
  for (const { title, legendFormat, selections } of queries) {
    for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
      for (const { within, keptBy } of selections) {
        const isJoined = within.some((one) => one in { sum: 1, min: 1, max: 1, avg: 1 });
        const isKept = isJoined ? keptBy.includes(label!) : ADDED.includes(label!);
        assert(isKept, `${title}: ${label}`);
      }
    }
  }
});

Deno.test("Dashboard: panels have ids of their own, do not overlap, and say what they show", () => {
  const { panels } = dashboard;
  assertEquals(new Set(panels.map(({ id }) => id)).size, panels.length);
  const taken = new Set<string>();
  for (const { title, type, description, gridPos: { x, y, w, h }, targets = [] } of panels) {
    assert(x >= 0 && x + w <= 24, title);
    for (let column = x; column < x + w; column++) {
      for (let line = y; line < y + h; line++) {
        assert(!taken.has(`${column},${line}`), `${title} overlaps`);
        taken.add(`${column},${line}`);
      }
    }
    if (type === "row") continue;
    assert(description !== undefined && description.length > 0, title);
    assert(targets.length > 0, title);
    assertEquals(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
  }
});

Deno.test("Dashboard: its variables are there, and are found by a metric that is", async () => {
  const families = await printed();
  const { list } = dashboard.templating;
  assertEquals(list.map(({ name }) => name), ["datasource", "job", "instance"]);
  for (const { definition } of list.slice(1)) {
    const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(definition ?? "")!;
    assert(ADDED.includes(label!));
    for (const { metric } of readPromql(selector!)) assert(families.has(metric), metric);
  }
});
