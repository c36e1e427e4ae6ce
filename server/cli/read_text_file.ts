/**
 * Reading a file from disk, with a reason a person understands where that fails.
 *
 * @module
 */

import type { ReadFile } from "./text_file.ts";

/** The platform's files. */
export const readTextFile: ReadFile = (path) => {
  try {
    const text = Deno.readTextFileSync(path);
    return { ok: true, text, exposed: isExposed(path) };
  } catch (error) {
    const found = !(error instanceof Deno.errors.NotFound);
    return { ok: false, found, reason: found ? reasonOf(error) : "there is no such file" };
  }
};

/** Windows has no such bits; there the directory decides. */
function isExposed(path: string): boolean {
  return Deno.build.os !== "windows" && ((Deno.statSync(path).mode ?? 0) & 0o004) !== 0;
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.NotCapable) return "Deno was not allowed to (--allow-read)";
  if (error instanceof Deno.errors.IsADirectory) return "it is a directory";
  return error instanceof Error ? error.message : String(error);
}
