/**
 * What the flags of one command come to: the flag if given, else its environment variable, else
 * the config file.
 *
 * @module
 */

import type { Arguments } from "./argv.ts";
import type { FileValues } from "./config_file.ts";
import type { Flag } from "./flag.ts";
import { bytesOf, integerIn, millisecondsOf } from "./quantity.ts";
import { UsageError } from "./usage_error.ts";

/** The environment, as far as anybody asks. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a value can stand; an earlier one wins over a later one. */
const SOURCES = ["flag", "variable", "file"] as const;

/** A value with where it came from, for messages. */
export interface FlagValue<T> {
  /** The value. */
  readonly value: T;
  /** As it was written, without what it means. */
  readonly text: string;
  /** `--http`, `TUN_HTTP`, or `server.toml:3: http`. */
  readonly origin: string;
  /** Where it stood. */
  readonly source: (typeof SOURCES)[number];
}

/** True if `a` stood where it wins over `b`. */
export function outranks(a: FlagValue<unknown>, b: FlagValue<unknown>): boolean {
  return SOURCES.indexOf(a.source) < SOURCES.indexOf(b.source);
}

/** A day: a longer timeout is a typing error. */
const MAX_SECONDS = 86_400;

/** Ten years: a token is to expire within somebody's memory. */
const MAX_LIFETIME_MS = 3650 * 86_400_000;

function convert(flag: Flag, text: string | undefined, origin: string): string | number | boolean {
  const fail = (expected: string): UsageError =>
    new UsageError(`${origin}: expected ${expected}, got ${JSON.stringify(text)}`);
  switch (flag.type.kind) {
    case "boolean":
      if (text === undefined || /^(1|true|yes|on)$/i.test(text)) return true;
      if (/^(0|false|no|off)$/i.test(text)) return false;
      throw fail("true or false");
    case "integer": {
      const { min, max } = flag.type;
      const value = integerIn(text ?? "", min, max);
      if (value === undefined) throw fail(`a whole number from ${min} to ${max}`);
      return value;
    }
    case "seconds": {
      const value = millisecondsOf(text ?? "", MAX_SECONDS * 1000);
      if (value === undefined) {
        throw fail(`seconds above 0, at most ${MAX_SECONDS} (25, 2.5, 500ms)`);
      }
      return value;
    }
    case "lifetime": {
      const value = millisecondsOf(text ?? "", MAX_LIFETIME_MS);
      if (value === undefined) throw fail("a time of at most ten years (45m, 24h or 90d)");
      return value;
    }
    case "bytes": {
      const value = bytesOf(text ?? "");
      if (value === undefined) throw fail("an amount of bytes (1048576, 10MB or 5MiB)");
      return value;
    }
    case "text":
      if (text !== undefined && text.trim() !== "") return text.trim();
      throw new UsageError(`${origin} needs a value: ${origin} ${flag.placeholder}`);
  }
}

/** The values of the flags that one command takes. */
export class FlagValues {
  readonly #values = new Map<string, FlagValue<string | number | boolean>>();

  /**
   * Converts every flag given, and of those that `command` takes the environment and the file.
   *
   * @throws {UsageError} For a value that is not what its row asks for, naming its origin.
   */
  constructor(
    flags: readonly Flag[],
    given: Arguments["given"],
    env: Environment,
    command: string,
    file: FileValues = new Map(),
  ) {
    for (const flag of flags) {
      const set = (
        text: string | undefined,
        origin: string,
        source: FlagValue<unknown>["source"],
      ) => {
        const value = convert(flag, text, origin);
        this.#values.set(flag.name, { value, text: text ?? String(value), origin, source });
      };
      const use = given.get(flag.name);
      if (use !== undefined) {
        set(use.text, use.spelling, "flag");
        continue;
      }
      if (!flag.commands.includes(command)) continue;
      // An empty variable is how shells and compose files say "unset".
      const variable = flag.env === undefined ? undefined : env[flag.env]?.trim();
      const inFile = file.get(flag.name);
      if (variable) set(variable, flag.env!, "variable");
      else if (inFile !== undefined) set(inFile.text, inFile.origin, "file");
    }
  }

  /** The value of any flag, if somebody has said something. */
  any(name: string): FlagValue<string | number | boolean> | undefined {
    return this.#values.get(name);
  }

  /** The value of a text flag. */
  text(name: string): FlagValue<string> | undefined {
    return this.#values.get(name) as FlagValue<string> | undefined;
  }

  /** The value of a numeric flag: a count, bytes, or milliseconds. */
  number(name: string): FlagValue<number> | undefined {
    return this.#values.get(name) as FlagValue<number> | undefined;
  }

  /** The value of a boolean flag, or nothing if neither flag nor environment says. */
  switch(name: string): FlagValue<boolean> | undefined {
    return this.#values.get(name) as FlagValue<boolean> | undefined;
  }

  /** The value of a boolean flag. */
  on(name: string): boolean {
    return this.switch(name)?.value === true;
  }

  /** The parts of a list: repeated, or with commas between them. */
  list(name: string): FlagValue<readonly string[]> | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const parts = text.value.split(",").map((part) => part.trim()).filter((part) => part !== "");
    return { ...text, value: parts };
  }
}
