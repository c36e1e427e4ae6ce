/**
 * The command line of the comparison.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";

/** What the command line asks for. */
export interface VersusOptions {
  /** Names of workloads or of groups; empty for all. */
  readonly only: readonly string[];
  /** Patterns of contenders; empty for all. */
  readonly contenders: readonly string[];
  /** Other checkouts of tun. */
  readonly trees: readonly { readonly name: string; readonly path: string }[];
  /** Undefined for what each workload thinks right. */
  readonly rounds: number | undefined;
  readonly seconds: number | undefined;
  /** Proves that it runs; its figures mean little. */
  readonly quick: boolean;
  /** Where the report goes: `OUT.json`, `OUT.md`, `OUT.svg`. */
  readonly out: string;
  /** A report in JSON that is written and published anew, in place of a run. */
  readonly from: string | undefined;
  /** Whether the report becomes the one in BENCHMARKS.md. */
  readonly publish: boolean;
  /** The order of contenders in each round. */
  readonly seed: number;
  readonly help: boolean;
}

/** The page of `--help`. */
export const HELP = `deno task bench versus [OPTIONS]

  --only NAME,...        workloads or groups (small, small-64, bulk, network, ...); default: all
  --contenders NAME,...  contenders whose name contains one of these; "=NAME" means exactly
                         that one; default: all that are installed
  --tree NAME=PATH       adds tun from another checkout; may be repeated
  --rounds N             rounds of each workload
  --seconds S            length of one run of a timed workload
  --quick                does it run at all; the figures mean little
  --from FILE.json       no run: writes, and publishes, what an earlier one has found, be it cut off
  --out PATH             writes PATH.json, PATH.md and PATH.svg; default: .reports/versus
  --publish              puts the report into BENCHMARKS.md
  --seed N               another order of contenders
`;

/**
 * Reads the command line.
 *
 * @throws {RangeError} For what makes no sense.
 */
export function parseOptions(args: readonly string[]): VersusOptions {
  const parsed = parseArgs([...args], {
    string: ["only", "contenders", "tree", "rounds", "seconds", "out", "seed", "from"],
    boolean: ["quick", "help", "publish"],
    collect: ["tree"],
    default: { out: ".reports/versus" },
    unknown: (name) => {
      throw new RangeError(`Cannot understand "${name}"; see --help`);
    },
  });
  return {
    only: words(parsed.only),
    contenders: words(parsed.contenders),
    trees: parsed.tree.map((text) => {
      const at = text.indexOf("=");
      if (at < 1) throw new RangeError(`Cannot understand --tree ${text}: it is NAME=PATH`);
      return { name: text.slice(0, at), path: text.slice(at + 1) };
    }),
    rounds: whole(parsed.rounds, "rounds"),
    seconds: positive(parsed.seconds, "seconds"),
    quick: parsed.quick,
    out: parsed.out,
    from: parsed.from,
    publish: parsed.publish,
    seed: whole(parsed.seed, "seed") ?? 1,
    help: parsed.help,
  };
}

function words(text: string | undefined): readonly string[] {
  return (text ?? "").split(",").map((word) => word.trim()).filter((word) => word !== "");
}

function positive(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0)) throw new RangeError(`Cannot understand --${name} ${text}: a number above 0`);
  return value;
}

function whole(text: string | undefined, name: string): number | undefined {
  const value = positive(text, name);
  if (value !== undefined && !Number.isInteger(value)) {
    throw new RangeError(`Cannot understand --${name} ${text}: a whole number`);
  }
  return value;
}
