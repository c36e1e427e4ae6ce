/**
 * Looks figures up in a report.
 *
 * @module
 */

import { median } from "../../protocol/statistics.ts";
import type { Report, ReportedContender } from "./report.ts";

/** A contender and its figure. */
export interface Finding {
  readonly contender: string;
  readonly value: number;
}

/** What a report says, by name. */
export class Findings {
  readonly #report: Report;

  /** Reads from a report. */
  constructor(report: Report) {
    this.#report = report;
  }

  /** The median of a figure; undefined if it was not measured. */
  of(workload: string, contender: string, figure: string): number | undefined {
    const found = this.#report.workloads.find(({ name }) => name === workload);
    const samples = found?.results.find((result) => result.contender === contender)?.samples ?? [];
    const values = samples.map((sample) => sample[figure]).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : median(values);
  }

  /** Everybody in a workload who was measured and is wanted. */
  all(
    workload: string,
    figure: string,
    isWanted: (contender: ReportedContender) => boolean,
  ): readonly Finding[] {
    return this.#report.contenders.filter(isWanted).flatMap(({ name }) => {
      const value = this.of(workload, name, figure);
      return value === undefined ? [] : [{ contender: name, value }];
    });
  }

  /** The figure of a workload that compares tun with itself: the nth of its own line-up. */
  own(workload: string, position: number, figure: string): number | undefined {
    const found = this.#report.workloads.find(({ name }) => name === workload);
    const contender = found?.results.at(position)?.contender;
    return contender === undefined ? undefined : this.of(workload, contender, figure);
  }
}

/** The one with the most, or undefined if there is none. */
export function most(findings: readonly Finding[]): Finding | undefined {
  return findings.reduce<Finding | undefined>(
    (best, next) => best === undefined || next.value > best.value ? next : best,
    undefined,
  );
}

/** The one with the least, or undefined if there is none. */
export function least(findings: readonly Finding[]): Finding | undefined {
  return findings.reduce<Finding | undefined>(
    (best, next) => best === undefined || next.value < best.value ? next : best,
    undefined,
  );
}
