/**
 * What all metrics have in common.
 *
 * Label values are closed lists that are known at the start: nothing that a visitor
 * or a client sends can become a label, so nobody can make series. Counting looks up
 * no text that was put together for it.
 *
 * @module
 */

/** One reading of a metric, with its labels and a suffix such as `_bucket`. */
export interface Sample {
  /** What follows the metric's name. */
  readonly suffix?: string;
  /** Names and values of labels. */
  readonly labels?: readonly (readonly [name: string, value: string])[];
  /** The reading. */
  readonly value: number;
}

/** Something that can be read. */
export interface Metric {
  /** Its name, with the unit, as Prometheus has it. */
  readonly name: string;
  /** What it says. */
  readonly help: string;
  /** How it behaves. */
  readonly type: "counter" | "gauge" | "histogram";
  /** What it is now. */
  samples(): Iterable<Sample>;
}

/** What a metric is called. */
export interface MetricTitle {
  /** See {@linkcode Metric.name}. */
  readonly name: string;
  /** See {@linkcode Metric.help}. */
  readonly help: string;
}
