/**
 * Where the rivals' programs lie: `bench/rivals/NAME/bin/`, a folder that git ignores. `fetch.ts`
 * fills it; a program that somebody else put there is as good.
 *
 * @module
 */

import type { Availability } from "../contender.ts";

/** The folder of all rivals. */
export const RIVALS: string = new URL("../../rivals", import.meta.url).pathname;

/** Where Debian puts programs that are not for everybody's `PATH`. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];

/** The path of a program of a rival. */
export function rivalProgram(rival: string, program: string): string {
  return `${RIVALS}/${rival}/bin/${program}`;
}

/** The path of a program that the system's packages bring. */
export async function systemProgram(program: string): Promise<string> {
  for (const folder of SYSTEM_FOLDERS) {
    if (await isThere(`${folder}/${program}`)) return `${folder}/${program}`;
  }
  return program;
}

/** Where `fetch.ts` writes down why it could not bring a rival. */
export function reasonFile(rival: string): string {
  return `${RIVALS}/${rival}/missing.txt`;
}

/**
 * Asks a program for its version; what `version` finds in its output is taken. A program that is
 * not there is missing for the reason that `fetch.ts` wrote down.
 */
export async function versionOf(
  rival: string,
  command: readonly string[],
  version: RegExp = /\d+\.\d+[\w.+-]*/,
): Promise<Availability> {
  const [program = "", ...args] = command;
  if (!await isThere(program)) return { missing: await reasonOf(rival) };
  try {
    const { stdout, stderr } = await new Deno.Command(program, { args }).output();
    const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    const found = version.exec(output)?.[0];
    return found === undefined
      ? { missing: `${program} does not say its version` }
      : { version: found };
  } catch (error) {
    return { missing: String(error) };
  }
}

async function reasonOf(rival: string): Promise<string> {
  try {
    return (await Deno.readTextFile(reasonFile(rival))).trim();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return `not fetched: deno task rivals ${rival}`;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
