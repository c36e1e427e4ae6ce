/**
 * Inputs that were found to break something once: one file of hex each, in a
 * folder for each target. They are never deleted.
 *
 * @module
 */

import { decodeHex, encodeHex } from "@std/encoding/hex";

const FOLDER = new URL("./corpus/", import.meta.url);

/** Characters in a line of hex. */
const LINE = 96;

/** A past failure. */
export interface CorpusEntry {
  /** The file's name. */
  readonly name: string;
  /** The input. */
  readonly input: Uint8Array;
}

/** All entries of a target, in the order of their names. */
export async function readCorpus(target: string): Promise<CorpusEntry[]> {
  const folder = new URL(`${target}/`, FOLDER);
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) if (name.endsWith(".hex")) names.push(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const read = async (name: string) => {
    const text = await Deno.readTextFile(new URL(name, folder));
    return { name, input: decodeHex(text.replaceAll(/\s/g, "")) };
  };
  return await Promise.all(names.sort().map(read));
}

/** Keeps an input and returns the file's path in the repository. */
export async function keep(target: string, input: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", input.slice());
  const name = `${encodeHex(digest).slice(0, 16)}.hex`;
  const folder = new URL(`${target}/`, FOLDER);
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(new URL(name, folder), `${wrap(encodeHex(input))}\n`);
  return `tests/fuzz/corpus/${target}/${name}`;
}

/** Breaks a long line of hex, for diffs and reviewers. */
function wrap(hex: string): string {
  return hex.match(new RegExp(`.{1,${LINE}}`, "g"))?.join("\n") ?? "";
}
