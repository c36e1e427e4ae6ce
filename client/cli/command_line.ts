/**
 * The command line of `tun`: arguments and environment in, a {@linkcode Command} out.
 *
 * @module
 */

import { type GivenFlag, readArguments } from "./argv.ts";
import { type Command, TUNNEL_DEFAULTS, type TunnelSpec } from "./command.ts";
import { connectionOptions } from "./connection.ts";
import type { Environment } from "../environment.ts";
import { FlagValues } from "./flag_values.ts";
import { FLAGS } from "./flags.ts";
import { renderHelp } from "./help.ts";
import { helpPage } from "./page.ts";
import { parseHostHeader, parseSubdomain } from "./public_name.ts";
import { startCommand } from "./start_command.ts";
import { closest } from "../suggestion.ts";
import {
  parseTarget,
  portTarget,
  type Target,
  targetLabel,
  type TunnelKind,
} from "../address/target.ts";
import type { ReadFile } from "./text_file.ts";
import { UsageError } from "../usage_error.ts";
import { exposedSecrets, visitorRules } from "./visitor_rules.ts";

/** What parsing may ask the machine for. */
export interface CommandLineHost {
  /** Reads the files that are named. */
  readonly readFile?: ReadFile;
  /** Where `tun start` looks second. */
  readonly configDirectory?: string;
  /** The width of the help page. */
  readonly columns?: number;
}

/** A command, or the one line that says what is wrong. */
export type CommandLineResult =
  | { readonly ok: true; readonly command: Command }
  | { readonly ok: false; readonly message: string; readonly exitCode: 2 };

const SUBCOMMANDS: readonly string[] = ["http", "tcp", "start", "login"];

const NO_FILES: ReadFile = () => ({ ok: false, found: false, reason: "there is no such file" });

/** What a flag's absence from a subcommand means for the person who tried it. */
function misplaced({ flag, spelling }: GivenFlag, command: string): UsageError {
  const why = flag.commands.length === 1 && flag.name === "config"
    ? "it is for `tun start`"
    : command === "start"
    ? "it belongs into the config file, or to `tun http` and `tun tcp`"
    : command === "tcp" && flag.name === "subdomain"
    ? "a TCP tunnel has a public port, not a name: --port N"
    : command === "tcp" && flag.name === "host"
    ? "write `tun tcp HOST:PORT`"
    : command === "tcp" && flag.group === "Visitors"
    ? "it is about HTTP; --allow-cidr and --deny-cidr are for both"
    : "see its --help";
  return new UsageError(`${spelling} is not for \`tun ${command}\`: ${why}`);
}

/** Help and version win over everything else that is wrong with the line. */
function pageAsked(args: readonly string[], host: CommandLineHost): Command | undefined {
  const end = args.indexOf("--");
  const own = end < 0 ? args : args.slice(0, end);
  const asks = (...spellings: string[]): boolean => own.some((arg) => spellings.includes(arg));
  if (asks("--help", "-h") || own[0] === "help") {
    const command = own.find((arg) => SUBCOMMANDS.includes(arg));
    const options = {
      ...(command === undefined ? {} : { command }),
      ...(host.columns === undefined ? {} : { width: host.columns }),
    };
    return { kind: "help", text: renderHelp(helpPage(command), FLAGS, options) };
  }
  const version = asks("--version", "-V") || (own.length === 1 && own[0] === "version");
  return version ? { kind: "version" } : undefined;
}

function refuseUnknownWord(word: string): void {
  if (word === "doctor") throw new UsageError("tun doctor: not in this version");
  // Hosts without a dot or a port are no target either, so a bare word is a subcommand mistyped.
  if (word === "localhost" || !/^[a-z][a-z_-]*$/i.test(word)) return;
  const guess = closest(word, SUBCOMMANDS);
  const hint = guess === undefined
    ? "nor a target: expected 3000, host:port, a URL or a unix socket path"
    : `did you mean ${guess}?`;
  throw new UsageError(
    guess === undefined
      ? `${JSON.stringify(word)} is neither a subcommand ${hint}`
      : `unknown subcommand ${JSON.stringify(word)}: ${hint}`,
  );
}

function refuseSecondTarget(words: readonly string[]): void {
  if (words.length < 2) return;
  const late = words.find((word) => SUBCOMMANDS.includes(word));
  if (late !== undefined) {
    throw new UsageError(`the subcommand comes first: tun ${late} ${words[0]}`);
  }
  const [first, second] = words.map((word) => JSON.stringify(word));
  throw new UsageError(
    `expected one target, got ${first} and ${second}: for several tunnels see \`tun start --help\``,
  );
}

function httpTarget(word: string | undefined, values: FlagValues): Target {
  const port = values.number("port");
  const host = values.text("host");
  if (word === undefined) {
    return portTarget(port?.value ?? TUNNEL_DEFAULTS.port, "http", host?.value);
  }
  const beside = port ?? host;
  if (beside !== undefined) {
    const what = `${beside.origin} ${beside.value}`;
    throw new UsageError(
      `${what} beside the target ${JSON.stringify(word)}: give one of them, both say what is local`,
    );
  }
  return parseTarget(word, "http");
}

function tcpTarget(word: string | undefined, values: FlagValues): Target {
  if (word !== undefined) return parseTarget(word, "tcp");
  const port = values.number("port");
  const hint = port === undefined
    ? "such as `tun tcp 22`"
    : `${port.origin} is the public port, write \`tun tcp ${port.value}\` for a local one`;
  throw new UsageError(`tun tcp needs a target: ${hint}`);
}

function tunnelSpec(
  kind: TunnelKind,
  word: string | undefined,
  values: FlagValues,
  readFile: ReadFile,
): TunnelSpec {
  const target = kind === "http" ? httpTarget(word, values) : tcpTarget(word, values);
  const name = values.text("subdomain");
  const header = values.text("host-header");
  const publicPort = kind === "tcp" ? values.number("port")?.value : undefined;
  return {
    kind,
    target,
    concurrency: values.number("concurrency")?.value ?? TUNNEL_DEFAULTS.concurrency,
    connectTimeoutMs: values.number("connect-timeout")?.value ?? TUNNEL_DEFAULTS.connectTimeoutMs,
    requestTimeoutMs: values.number("request-timeout")?.value ?? TUNNEL_DEFAULTS.requestTimeoutMs,
    insecure: values.on("insecure"),
    ...(name === undefined ? {} : { subdomain: parseSubdomain(name.value, name.origin) }),
    ...(publicPort === undefined ? {} : { publicPort }),
    ...(header === undefined
      ? {}
      : { hostHeader: parseHostHeader(header.value, target, header.origin) }),
    ...visitorRules({ kind, values, readFile }),
  };
}

function warningsFor(spec: TunnelSpec, values: FlagValues): string[] {
  return [...exposedSecrets(values), ...idleInsecure(spec, values)];
}

function idleInsecure(spec: TunnelSpec, values: FlagValues): string[] {
  const idle = spec.insecure && spec.target.kind === "address" && spec.target.protocol !== "https";
  if (!idle) return [];
  const { origin } = values.switch("insecure")!;
  const label = targetLabel(spec.target);
  return [`${origin} does nothing here: it is about an https:// target, and ${label} is none`];
}

function commandOf(args: readonly string[], env: Environment, host: CommandLineHost): Command {
  const page = pageAsked(args, host);
  if (page !== undefined) return page;
  const { words, given } = readArguments(args, FLAGS);
  for (const { flag, spelling } of given.values()) {
    if (flag.reserved) throw new UsageError(`${spelling}: not in this version`);
  }
  // In clusters such as `-vh` they are found only now.
  if (given.has("help")) return pageAsked(["--help", ...words], host)!;
  if (given.has("version")) return { kind: "version" };

  const named = SUBCOMMANDS.includes(words[0] ?? "");
  const command = named ? words[0]! : "http";
  const rest = named ? words.slice(1) : words;
  if (!named && rest[0] !== undefined) refuseUnknownWord(rest[0]);
  for (const use of given.values()) {
    if (!use.flag.commands.includes(command)) throw misplaced(use, command);
  }
  const values = new FlagValues(FLAGS, given, env, command);
  const readFile = host.readFile ?? NO_FILES;
  if (command === "start") return startCommand(rest, values, { ...host, readFile });

  const output = { verbose: values.on("verbose"), json: values.on("json") };
  if (command === "login") {
    // The word is not shown: it may be the token itself.
    if (rest.length > 0) {
      throw new UsageError("tun login takes no words: use --token JWT and --endpoint URL");
    }
    return { kind: "login", connection: connectionOptions(values, readFile), output };
  }
  refuseSecondTarget(rest);
  const spec = tunnelSpec(command === "tcp" ? "tcp" : "http", rest[0], values, readFile);
  return {
    kind: "run",
    tunnels: [spec],
    connection: connectionOptions(values, readFile),
    output,
    warnings: warningsFor(spec, values),
  };
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
