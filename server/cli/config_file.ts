/**
 * The server's config file, in TOML like the client's: a key for every flag of `tun-server`.
 *
 * ```toml
 * domain = "tun.example.com"
 * http = ":443"
 * tls_cert = "cert.pem"              # beside this file
 * tls_key = "key.pem"
 * trusted_proxies = ["10.0.0.0/8"]
 * jwt_secret_file = "secret"         # any secret can be in a file of its own
 * ```
 *
 * A value is read as the text that its flag would have, so that both mean the same. The file is
 * flat: a table is a key that nobody knows.
 *
 * @module
 */

import { parse } from "@std/toml";
import type { Flag } from "./flag.ts";
import { closest } from "./suggestion.ts";
import { besideFile, type ReadFile, requireFile } from "./text_file.ts";
import { TomlLines } from "./toml_lines.ts";
import { UsageError } from "./usage_error.ts";

/** What a file says, by flag name. */
export type FileValues = ReadonlyMap<string, FileValue>;

/** One value of a file. */
export interface FileValue {
  /** As the flag would have it. */
  readonly text: string;
  /** `server.toml:3: http` */
  readonly origin: string;
}

/** A file, read. */
export interface ConfigFile {
  /** What it says. */
  readonly values: FileValues;
  /** To be shown before starting, one line each. */
  readonly warnings: readonly string[];
}

/** These say what to do, not how. */
const NOT_IN_FILE: ReadonlySet<string> = new Set(["config", "check-config", "help", "version"]);

/** What a value must be, in words, and how it becomes a flag's text. */
interface Reading {
  readonly expected: string;
  readonly text: (value: unknown) => string | undefined;
}

/** The flags that a file can have a key for. */
export function fileFlags(flags: readonly Flag[]): readonly Flag[] {
  return flags.filter(({ name, commands }) => commands.includes("serve") && !NOT_IN_FILE.has(name));
}

/** The key that stands for a flag. */
export function keyOf(flag: Flag): string {
  return flag.name.replaceAll("-", "_");
}

/**
 * Reads a config file.
 *
 * @throws {UsageError} With file, line and key of the first mistake.
 */
export function readConfigFile(
  path: string,
  origin: string,
  flags: readonly Flag[],
  readFile: ReadFile,
): ConfigFile {
  const result = readFile(path);
  if (!result.ok) throw new UsageError(`${origin}: cannot read ${path}: ${result.reason}`);
  const lines = new TomlLines(result.text);
  if (lines.duplicate !== undefined) {
    const { key, line, firstLine } = lines.duplicate;
    throw new UsageError(`${path}:${line}: ${key} is there twice, first on line ${firstLine}`);
  }
  const place = (key: string) => {
    const line = lines.lineOf([key]);
    return `${path}${line === undefined ? "" : `:${line}`}: ${key}`;
  };
  const byKey = new Map(fileFlags(flags).map((flag) => [keyOf(flag), flag]));
  const byFileKey = new Map(
    [...byKey].filter(([, { secret }]) => secret).map(([key, flag]) => [`${key}_file`, flag]),
  );
  const known = [...byKey.keys(), ...byFileKey.keys()];
  const values = new Map<string, FileValue>();
  const warnings: string[] = [];
  for (const [key, value] of Object.entries(parseToml(result.text, path))) {
    const at = place(key);
    const flag = byKey.get(key) ?? byFileKey.get(key);
    if (flag === undefined) throw unknownKey(key, at, known);
    if (values.has(flag.name)) {
      throw new UsageError(`${at}: expected either ${keyOf(flag)} or ${keyOf(flag)}_file`);
    }
    const inOwnFile = !byKey.has(key);
    const text = textOf(inOwnFile ? { ...flag, secret: undefined, path: true } : flag, value, {
      origin: at,
      file: path,
    });
    values.set(flag.name, {
      text: inOwnFile ? requireFile(readFile, text, at).trim() : text,
      origin: at,
    });
    if (flag.secret && !inOwnFile && result.exposed) {
      warnings.push(`${at}: every user of this machine can read it: run chmod o-r on the file`);
    }
  }
  return { values, warnings };
}

function unknownKey(key: string, origin: string, known: readonly string[]): UsageError {
  const plain = key.replaceAll("-", "_").toLowerCase();
  const guess = known.includes(plain) ? plain : closest(plain, known);
  const hint = guess === undefined ? "see tun-server --help" : `did you mean ${guess}?`;
  return new UsageError(`${origin}: unknown key, ${hint}`);
}

function textOf(
  flag: Pick<Flag, "type" | "repeat" | "path"> & { readonly secret?: true | undefined },
  value: unknown,
  { origin, file }: { readonly origin: string; readonly file: string },
): string {
  const { expected, text } = readingOf(flag);
  const parts = (flag.repeat && Array.isArray(value) ? value : [value]).map((part) => text(part));
  if (parts.length === 0 || parts.includes(undefined)) {
    // A key may stand there where its file belongs.
    const isHidden = flag.secret || [value].flat().some((part) => typeof part === "object");
    const got = isHidden ? "something else" : JSON.stringify(value);
    throw new UsageError(`${origin}: expected ${expected}, got ${got}`);
  }
  return (parts as string[]).map((part) => flag.path ? seenFrom(file, part) : part).join(",");
}

function readingOf({ type, repeat }: Pick<Flag, "type" | "repeat">): Reading {
  switch (type.kind) {
    case "boolean":
      return {
        expected: "true or false",
        text: (value) => typeof value === "boolean" ? String(value) : undefined,
      };
    case "integer":
      return { expected: `a whole number from ${type.min} to ${type.max}`, text: digitsOf };
    case "text":
      return {
        expected: repeat ? "a text in quotes, or several in [ ]" : "a text in quotes",
        text: (value) => digitsOf(value) ?? wordsOf(value),
      };
    case "seconds":
      return { expected: 'seconds (25, 2.5 or "500ms")', text: amountOf };
    case "lifetime":
      return { expected: 'a time ("45m", "24h" or "90d")', text: amountOf };
    case "bytes":
      return { expected: 'an amount of bytes (1048576, "10MB" or "5MiB")', text: amountOf };
  }
}

function wordsOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

function digitsOf(value: unknown): string | undefined {
  return Number.isSafeInteger(value) ? String(value) : undefined;
}

function amountOf(value: unknown): string | undefined {
  return typeof value === "number" ? String(value) : wordsOf(value);
}

/** A key set may be a URL, or stand there itself. */
function seenFrom(file: string, path: string): string {
  return /^[a-z][a-z0-9+.-]+:\/\/|^\{/i.test(path) ? path : besideFile(path, file);
}

function parseToml(text: string, file: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const match = /line (\d+), column (\d+): ([^]*)$/.exec(error.message);
    // The parser has already stepped over the line's end when it reports column 0.
    const line = Number(match?.[1]) - (match?.[2] === "0" ? 1 : 0);
    const reason = withoutQuotes(match?.[3] ?? error.message);
    throw new UsageError(`${file}${match === null ? "" : `:${line}`}: not valid TOML: ${reason}`);
  }
}

/** What is wrong, without the piece of the file that the parser shows: secrets stand there. */
function withoutQuotes(reason: string): string {
  return reason.replace(/(?::\n| on line '| "[^"]{3,}")[^]*$/, "");
}
