/**
 * The tables of flags in README.md, made from the flag tables of both programs:
 * `deno task readme` writes them, and a test sees that nobody forgot to.
 *
 * @module
 */

import { FLAGS as CLIENT_FLAGS } from "../client/cli/flags.ts";
import { FLAGS as SERVER_FLAGS } from "../server/cli/flags.ts";

/** What of a flag both programs tell. */
interface FlagRow {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly short?: string;
  readonly env?: string;
  readonly placeholder?: string;
  readonly fallback?: string;
  readonly help: string;
  readonly commands: readonly string[];
  readonly reserved?: true;
}

/** The README. */
export const README: URL = new URL("../README.md", import.meta.url);

const CLIENT_COMMANDS = ["http", "tcp", "start", "login"];

/** The text with its tables as they should be. */
export function withTables(readme: string): string {
  const client = CLIENT_FLAGS.filter(({ reserved }) => reserved === undefined);
  const server = SERVER_FLAGS.filter(({ commands }) => commands.includes("serve"));
  const token = SERVER_FLAGS.filter(({ commands }) =>
    commands.includes("token") && !commands.includes("serve")
  );
  const tables = [
    ["tun", table(client, CLIENT_COMMANDS)],
    ["tun-server", table(server, ["serve"])],
    ["tun-server token", table(token, ["token"])],
  ] as const;
  return tables.reduce((text, [name, rows]) => replaceBetween(text, name, rows), readme);
}

function replaceBetween(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- flags of ${name} -->`, `<!-- end of flags of ${name} -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`README.md lacks ${begin} or ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n${text.slice(to)}`;
}

/** A table whose columns are padded as `deno fmt` pads them. */
function table(flags: readonly FlagRow[], commands: readonly string[]): string {
  const rows = [["flag", "variable", "default", "what it says"]];
  for (const flag of flags) {
    rows.push([
      spellings(flag),
      flag.env === undefined ? "" : code(flag.env),
      flag.fallback ?? "",
      flag.help + limits(flag, commands),
    ].map((cell) => cell.replaceAll("|", "\\|").replaceAll("<name>", "`<name>`")));
  }
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  rows.splice(1, 0, widths.map((width) => "-".repeat(width)));
  return rows.map((row) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |\n`
  ).join("");
}

function spellings({ name, aliases = [], short, placeholder }: FlagRow): string {
  const value = placeholder === undefined ? "" : ` ${placeholder}`;
  const first = code(`${short === undefined ? "" : `-${short}, `}--${name}${value}`);
  return [first, ...aliases.map((alias) => code(`--${alias}`))].join(", ");
}

/** Which subcommands take a flag, if not all do. */
function limits({ commands }: FlagRow, all: readonly string[]): string {
  const takers = all.filter((command) => commands.includes(command));
  return takers.length === all.length ? "" : ` (${takers.map(code).join(", ")})`;
}

function code(text: string): string {
  return `\`${text}\``;
}

if (import.meta.main) {
  await Deno.writeTextFile(README, withTables(await Deno.readTextFile(README)));
}
