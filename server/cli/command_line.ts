/**
 * The command line of `tun-server`: arguments and environment in, a {@linkcode Command} out.
 *
 * @module
 */

import { type Arguments, readArguments } from "./argv.ts";
import type { Command } from "./command.ts";
import { type ConfigFile, readConfigFile } from "./config_file.ts";
import { effectiveConfig } from "./effective_config.ts";
import { type Environment, FlagValues } from "./flag_values.ts";
import { FLAGS } from "./flags.ts";
import { renderHelp } from "./help.ts";
import { helpPage } from "./page.ts";
import { serveCommand } from "./serve_command.ts";
import { closest } from "./suggestion.ts";
import type { ReadFile } from "./text_file.ts";
import { inspectCommand, tokenCommand } from "./token_command.ts";
import { UsageError } from "./usage_error.ts";

/** What parsing may ask the machine for. */
export interface CommandLineHost {
  /** Reads the files that are named. */
  readonly readFile?: ReadFile;
  /** True if the log goes to a terminal. */
  readonly isTerminal?: boolean;
  /** The width of the help page. */
  readonly columns?: number;
}

/** A command, or the one line that says what is wrong. */
export type CommandLineResult =
  | { readonly ok: true; readonly command: Command }
  | { readonly ok: false; readonly message: string; readonly exitCode: 2 };

type CommandName = "serve" | "token" | "inspect";

const NO_FILES: ReadFile = () => ({ ok: false, found: false, reason: "there is no such file" });

function nameOf(words: readonly string[]): CommandName {
  if (words[0] !== "token") return "serve";
  return words[1] === "inspect" ? "inspect" : "token";
}

function callOf(name: CommandName): string {
  return {
    serve: "tun-server",
    token: "tun-server token",
    inspect: "tun-server token inspect",
  }[name];
}

function refuseWords(name: CommandName, words: readonly string[]): void {
  const word = name === "serve" ? words[0] : name === "token" ? words[1] : undefined;
  if (word === undefined) return;
  const known = name === "serve" ? ["token"] : ["inspect"];
  const guess = closest(word, known);
  const hint = guess !== undefined
    ? `did you mean ${guess}?`
    : name === "serve"
    ? "tun-server alone starts the server, see --help"
    : "a name goes into --name NAME";
  const where = name === "serve" ? "" : `${name}: `;
  throw new UsageError(`${where}unknown word ${JSON.stringify(word)}: ${hint}`);
}

/** Help and version win over everything else that is wrong with the line. */
function pageAsked(args: readonly string[], host: CommandLineHost): Command | undefined {
  const end = args.indexOf("--");
  const own = end < 0 ? args : args.slice(0, end);
  const asks = (...spellings: string[]): boolean => own.some((arg) => spellings.includes(arg));
  if (asks("--help", "-h") || own[0] === "help") {
    const name = nameOf(own.filter((arg) => arg === "token" || arg === "inspect"));
    const options = {
      command: name,
      ...(host.columns === undefined ? {} : { width: host.columns }),
    };
    return { kind: "help", text: renderHelp(helpPage(name), FLAGS, options) };
  }
  const version = asks("--version", "-V") || (own.length === 1 && own[0] === "version");
  return version ? { kind: "version" } : undefined;
}

function commandOf(args: readonly string[], env: Environment, host: CommandLineHost): Command {
  const page = pageAsked(args, host);
  if (page !== undefined) return page;
  const { words, given } = readArguments(args, FLAGS);
  // In clusters such as `-vh` they are found only now.
  if (given.has("help")) return pageAsked(["--help", ...words], host)!;
  if (given.has("version")) return { kind: "version" };
  const name = nameOf(words);
  refuseWords(name, words);
  for (const { flag, spelling } of given.values()) {
    if (flag.commands.includes(name)) continue;
    const owner = flag.commands.includes("serve") ? "tun-server" : "tun-server token";
    throw new UsageError(`${spelling} is not for \`${callOf(name)}\`: it is for \`${owner}\``);
  }
  const readFile = host.readFile ?? NO_FILES;
  const file = configFileOf(given, env, readFile);
  const values = new FlagValues(FLAGS, given, env, name, file.values);
  if (name === "token") return tokenCommand(values, readFile);
  if (name === "inspect") return inspectCommand(words.slice(2), values, readFile);
  // Deno itself would bind the first HTTP server elsewhere, behind our back.
  if (env.DENO_SERVE_ADDRESS) {
    throw new UsageError("DENO_SERVE_ADDRESS redirects servers of Deno: unset it and use --http");
  }
  const serve = serveCommand(values, { readFile, isTerminal: host.isTerminal ?? false });
  const { config } = serve;
  const warnings = [...file.warnings, ...serve.warnings];
  if (!values.on("check-config")) return { kind: "serve", config, warnings };
  return { kind: "check", config, warnings, text: effectiveConfig(FLAGS, values) };
}

function configFileOf(
  given: Arguments["given"],
  env: Environment,
  readFile: ReadFile,
): ConfigFile {
  const flag = given.get("config");
  const path = (flag?.text ?? env.TUN_CONFIG)?.trim();
  if (!path) return { values: new Map(), warnings: [] };
  return readConfigFile(path, flag?.spelling ?? "TUN_CONFIG", FLAGS, readFile);
}

/** Reads a command line; nothing is started, opened or printed. */
export function parseCommandLine(
  args: readonly string[],
  env: Environment,
  host: CommandLineHost = {},
): CommandLineResult {
  try {
    return { ok: true, command: commandOf(args, env, host) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    // One line, whatever was typed.
    return { ok: false, message: error.message.replace(/\p{Cc}+/gu, " "), exitCode: 2 };
  }
}
