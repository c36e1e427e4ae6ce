/**
 * Arguments to flags and words, strictly: what is not in the table, lacks its value or is given
 * twice is an error that says which.
 *
 * `@std/cli/parse-args` is not used because it is lenient where a newcomer needs a word of help:
 * `--port` without a value and `--port=` read as "", `--json=maybe` as true, the last of two
 * `--port` wins, `-sshop` is five flags, and `--a.b` makes an object.
 *
 * The server has a twin of this file on purpose: only what crosses the wire is shared.
 *
 * @module
 */

import type { Flag } from "./flag.ts";
import { closest } from "../suggestion.ts";
import { UsageError } from "../usage_error.ts";

/** A flag as it was given. */
export interface GivenFlag {
  /** Its row. */
  readonly flag: Flag;
  /** As the person spelled it, for messages. */
  readonly spelling: string;
  /** The text of its value; absent for a boolean without one; a line each if repeated. */
  readonly text?: string;
}

/** The arguments, taken apart. */
export interface Arguments {
  /** What is not a flag, in order. */
  readonly words: readonly string[];
  /** By flag name. */
  readonly given: ReadonlyMap<string, GivenFlag>;
}

/**
 * Takes the arguments apart.
 *
 * @throws {UsageError} For a flag that does not exist, lacks its value or is given twice.
 */
export function readArguments(args: readonly string[], flags: readonly Flag[]): Arguments {
  const words: string[] = [];
  const given = new Map<string, GivenFlag>();
  const byLong = new Map(flags.flatMap((f) => [f.name, ...f.aliases ?? []].map((n) => [n, f])));
  const byShort = new Map(flags.flatMap((f) => f.short === undefined ? [] : [[f.short, f]]));
  let at = 0;

  function unknown(spelling: string): UsageError {
    const guess = closest(spelling.replace(/^-+/, ""), byLong.keys());
    const hint = guess === undefined ? "see --help" : `did you mean --${guess}?`;
    return new UsageError(`unknown flag ${spelling}: ${hint}`);
  }

  /** Takes the next argument as a value, unless it is plainly the next flag. */
  function nextValue(flag: Flag, spelling: string): string {
    const next = args[at];
    if (next === undefined || /^-\D/.test(next) || next === "--") {
      throw new UsageError(`${spelling} needs a value: ${spelling} ${flag.placeholder}`);
    }
    at++;
    return next;
  }

  function add(flag: Flag, spelling: string, text: string | undefined): void {
    const boolean = flag.type.kind === "boolean";
    const before = given.get(flag.name)?.text;
    if (before !== undefined && !boolean && !flag.repeat) {
      throw new UsageError(`${spelling} is given twice`);
    }
    const typed = text ?? (boolean ? undefined : nextValue(flag, spelling));
    const value = flag.repeat && before !== undefined ? `${before}\n${typed}` : typed;
    given.set(flag.name, { flag, spelling, ...(value === undefined ? {} : { text: value }) });
  }

  function addLong(body: string): void {
    const equals = body.indexOf("=");
    const name = equals < 0 ? body : body.slice(0, equals);
    const flag = byLong.get(name);
    if (flag === undefined) throw unknown(`--${name}`);
    add(flag, `--${name}`, equals < 0 ? undefined : body.slice(equals + 1));
  }

  function addCluster(cluster: string): void {
    const name = cluster.split("=", 1)[0]!;
    // `-port 3000`, as other programs spell it, would read as `-p ort`.
    if (name.length > 1 && byLong.has(name)) {
      throw new UsageError(`unknown flag -${name}: did you mean --${name}?`);
    }
    for (let i = 0; i < cluster.length; i++) {
      const flag = byShort.get(cluster[i]!);
      if (flag === undefined) throw unknown(i === 0 ? `-${cluster}` : `-${cluster[i]}`);
      const rest = cluster.slice(i + 1).replace(/^=/, "");
      const takesRest = flag.type.kind !== "boolean" && rest !== "";
      add(flag, `-${cluster[i]}`, takesRest ? rest : undefined);
      if (takesRest) return;
    }
  }

  while (at < args.length) {
    const argument = args[at++]!;
    if (argument === "--") {
      words.push(...args.slice(at));
      break;
    }
    if (argument.startsWith("--")) addLong(argument.slice(2));
    else if (argument.startsWith("-") && argument !== "-") addCluster(argument.slice(1));
    else words.push(argument);
  }
  return { words, given };
}
