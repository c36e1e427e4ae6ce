/**
 * Figures as a Markdown table, ready for BENCHMARKS.md.
 *
 * @module
 */

import { print } from "./print.ts";

/** Prints a title and a table whose first column is text and whose others are numbers. */
export function printTable(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => pad(cell, widths[i]!, i)).join(" | ")} |`;
  const rule = widths.map((width, i) => i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`);
  print(`\n### ${title}\n`);
  for (const text of [line(head), `| ${rule.join(" | ")} |`, ...rows.map(line)]) print(text);
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
