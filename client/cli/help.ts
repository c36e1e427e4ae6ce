/**
 * The flag table as a page of help.
 *
 * The server has a twin of this file on purpose: only what crosses the wire is shared.
 *
 * @module
 */

import type { Flag } from "./flag.ts";

/** What the page says beside the flags. */
export interface HelpPage {
  /** One line: what this is. */
  readonly summary: string;
  /** Ways to call it, each with what it does. */
  readonly usage: readonly (readonly [call: string, purpose: string])[];
  /** Commands to copy, each with what it does. */
  readonly examples: readonly (readonly [call: string, purpose: string])[];
  /** Closing lines. */
  readonly notes?: readonly string[];
}

/** Lines wider than this are hard to read, whatever the window. */
const WIDEST = 100;

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function spellings(flag: Flag): string {
  const short = flag.short === undefined ? "    " : `-${flag.short}, `;
  const value = flag.placeholder === undefined ? "" : ` ${flag.placeholder}`;
  return `  ${short}--${flag.name}${value}`;
}

function description(flag: Flag): string {
  const facts: string[] = [];
  if (flag.aliases !== undefined) {
    facts.push(`also ${flag.aliases.map((a) => `--${a}`).join(", ")}`);
  }
  if (flag.fallback !== undefined) facts.push(`default ${flag.fallback}`);
  if (flag.env !== undefined) facts.push(`env ${flag.env}`);
  return facts.length === 0 ? flag.help : `${flag.help} [${facts.join("; ")}]`;
}

/** Two columns; a left cell too wide for its column gets a line of its own. */
function columns(
  rows: readonly (readonly [string, string])[],
  left: number,
  width: number,
): string[] {
  return rows.flatMap(([cell, text]) => {
    const lines = wrap(text, width - left);
    const indented = lines.map((line) => " ".repeat(left) + line);
    if (cell.length + 2 > left) return [cell, ...indented];
    return [cell.padEnd(left) + lines[0], ...indented.slice(1)];
  });
}

/** Renders the page for `command`, or for all commands, at most `width` columns wide. */
export function renderHelp(
  page: HelpPage,
  flags: readonly Flag[],
  options: { readonly command?: string; readonly width?: number } = {},
): string {
  const width = Math.max(60, Math.min(options.width ?? 80, WIDEST));
  const { command } = options;
  const shown = flags.filter((flag) =>
    flag.reserved === undefined && (command === undefined || flag.commands.includes(command))
  );
  const lines = [...wrap(page.summary, width), "", "Usage:"];
  lines.push(...columns(page.usage.map(([call, text]) => [`  ${call}`, text]), 30, width));
  for (const group of new Set(shown.map((flag) => flag.group))) {
    const rows = shown.filter((flag) => flag.group === group);
    lines.push("", `${group}:`);
    lines.push(...columns(rows.map((flag) => [spellings(flag), description(flag)]), 30, width));
  }
  if (page.examples.length > 0) {
    lines.push("", "Examples:");
    lines.push(...columns(page.examples.map(([call, text]) => [`  ${call}`, text]), 38, width));
  }
  for (const note of page.notes ?? []) lines.push("", ...wrap(note, width));
  return lines.join("\n") + "\n";
}
