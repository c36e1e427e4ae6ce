/**
 * Reading a file from disk, with a reason a person understands where that fails.
 *
 * @module
 */

import type { ReadFile } from "./text_file.ts";

/** The platform's files. */
export const readTextFile: ReadFile = (path) => {
  try {
    return { ok: true, text: Deno.readTextFileSync(path) };
  } catch (error) {
    const found = !(error instanceof Deno.errors.NotFound);
    return { ok: false, found, reason: found ? reasonOf(error) : "there is no such file" };
  }
};

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.NotCapable) return "Deno was not allowed to (--allow-read)";
  if (error instanceof Deno.errors.IsADirectory) return "it is a directory";
  return error instanceof Error ? error.message : String(error);
}
