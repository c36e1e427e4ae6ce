/**
 * Metrics that nobody keeps: they are read when somebody asks.
 *
 * @module
 */

import type { Metric, MetricTitle, Sample } from "./metric.ts";

/** A metric whose one value is read. */
export function reading(
  type: "counter" | "gauge",
  title: MetricTitle,
  read: () => number,
): Metric {
  return { ...title, type, samples: () => [{ value: read() }] };
}

/** A metric with one label, whose values are read together. */
export function labelledReading(
  type: "counter" | "gauge",
  title: MetricTitle,
  label: string,
  read: () => Readonly<Record<string, number>>,
): Metric {
  const samples = () =>
    Object.entries(read()).map(([key, value]): Sample => ({ labels: [[label, key]], value }));
  return { ...title, type, samples };
}
