/**
 * What only ever goes up.
 *
 * @module
 */

import type { Metric, MetricTitle, Sample } from "./metric.ts";

/** A count of one thing. */
export class Counter implements Metric {
  readonly name: string;
  readonly help: string;
  readonly type = "counter";
  #value = 0;

  /** Starts at nothing. */
  constructor({ name, help }: MetricTitle) {
    this.name = name;
    this.help = help;
  }

  /** Counts. */
  add(count = 1): void {
    this.#value += count;
  }

  samples(): Sample[] {
    return [{ value: this.#value }];
  }
}

/** Whatever is not on the list. */
const OTHER = "other";

/** Counts of things that differ in one label, whose values are a closed list. */
export class LabelledCounter<Value extends string> implements Metric {
  readonly name: string;
  readonly help: string;
  readonly type = "counter";
  readonly #label: string;
  readonly #counts: Map<string, number>;

  /** Every value is there from the start, with nothing counted, and `other` for the rest. */
  constructor({ name, help }: MetricTitle, label: string, values: Iterable<Value>) {
    this.name = name;
    this.help = help;
    this.#label = label;
    this.#counts = new Map(Array.from(values, (value) => [value, 0]));
    this.#counts.set(OTHER, 0);
  }

  /** Counts; a value that is not on the list is `other`. */
  add(value: string, count = 1): void {
    const before = this.#counts.get(value);
    if (before === undefined) this.#counts.set(OTHER, this.#counts.get(OTHER)! + count);
    else this.#counts.set(value, before + count);
  }

  *samples(): Generator<Sample, void, undefined> {
    for (const [value, count] of this.#counts) {
      yield { labels: [[this.#label, value]], value: count };
    }
  }
}
