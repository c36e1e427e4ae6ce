/**
 * Reading the files a command line names, as something a test can hand in.
 *
 * @module
 */

import { UsageError } from "../usage_error.ts";

/** The text of a file, or why there is none. */
export type ReadResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly found: boolean; readonly reason: string };

/** Reads one file as UTF-8. */
export type ReadFile = (path: string) => ReadResult;

/** Reads a file that must be there. */
export function requireFile(readFile: ReadFile, path: string, origin: string): string {
  const result = readFile(path);
  if (result.ok) return result.text;
  throw new UsageError(`${origin}: cannot read ${path}: ${result.reason}`);
}

/** `path` as seen from the file that names it. */
export function besideFile(path: string, file: string): string {
  if (/^(?:[/\\]|[A-Za-z]:[/\\])/.test(path)) return path;
  const slash = Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\"));
  return slash < 0 ? path : file.slice(0, slash + 1) + path;
}
