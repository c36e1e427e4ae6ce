/**
 * Puts a report into BENCHMARKS.md, in place of the one before; the rest of the page stays.
 *
 * @module
 */

import { renderMarkdown } from "./markdown.ts";
import type { Report } from "./report.ts";
import { renderSvg } from "./svg.ts";

const ROOT = new URL("../../../", import.meta.url);
const PAGE = new URL("BENCHMARKS.md", ROOT);
const PICTURE = "bench/versus.svg";

const BEGIN = "<!-- report of versus -->";
const END = "<!-- end of the report of versus -->";

/** Writes the page, and the picture that it shows. */
export async function publishReport(report: Report): Promise<void> {
  const picture = renderSvg(report);
  if (picture !== undefined) await Deno.writeTextFile(new URL(PICTURE, ROOT), picture);
  const markdown = renderMarkdown(report, picture && PICTURE);
  await Deno.writeTextFile(PAGE, replaceReport(await Deno.readTextFile(PAGE), markdown));
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", PAGE.pathname] }).output();
}

/**
 * Replaces what is between the two marks.
 *
 * @throws {RangeError} If they are not there.
 */
export function replaceReport(page: string, report: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin) throw new RangeError("Cannot publish: the page has no marks");
  return `${page.slice(0, begin + BEGIN.length)}\n\n${report.trim()}\n\n${page.slice(end)}`;
}
