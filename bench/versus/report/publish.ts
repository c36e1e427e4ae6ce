/**
 * Puts a report into BENCHMARKS.md, in place of the one before.
 *
 * @module
 */

const ROOT = new URL("../../../", import.meta.url);
const PAGE = new URL("BENCHMARKS.md", ROOT);
const PICTURE = new URL("bench/versus.svg", ROOT);

const BEGIN = "<!-- report of versus -->";
const END = "<!-- end of the report of versus -->";

/** Writes the page, and the picture that it shows. */
export async function publishReport(markdown: string, picture: string | undefined): Promise<void> {
  if (picture !== undefined) await Deno.writeTextFile(PICTURE, picture);
  const shown = picture === undefined ? "" : "![The same as bars](bench/versus.svg)\n\n";
  const page = replaceReport(await Deno.readTextFile(PAGE), shown + markdown);
  await Deno.writeTextFile(PAGE, page);
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
