/**
 * What the flags of one command come to: the flag if given, else its environment variable.
 *
 * @module
 */

import type { Environment } from "../environment.ts";
import { integerIn, MAX_SECONDS, millisecondsOf } from "../quantity.ts";
import { UsageError } from "../usage_error.ts";
import type { Arguments } from "./argv.ts";
import type { Flag } from "./flag.ts";

/** A value with where it came from, for messages. */
export interface FlagValue<T> {
  /** The value. */
  readonly value: T;
  /** `--port`, `-p` or `TUN_ENDPOINT`. */
  readonly origin: string;
  /** True if it stood on the command line. */
  readonly explicit: boolean;
}

function convert(flag: Flag, text: string | undefined, origin: string): string | number | boolean {
  const shown = JSON.stringify(text);
  switch (flag.type.kind) {
    case "boolean":
      if (text === undefined || /^(1|true|yes|on)$/i.test(text)) return true;
      if (/^(0|false|no|off)$/i.test(text)) return false;
      throw new UsageError(`${origin}: expected true or false, got ${shown}`);
    case "integer": {
      const { min, max } = flag.type;
      const value = integerIn(text ?? "", min, max);
      if (value !== undefined) return value;
      throw new UsageError(
        `${origin}: expected a whole number from ${min} to ${max}, got ${shown}`,
      );
    }
    case "seconds": {
      const value = millisecondsOf(text ?? "");
      if (value !== undefined) return value;
      throw new UsageError(
        `${origin}: expected seconds above 0, at most ${MAX_SECONDS} (25, 2.5 or 500ms), got ${shown}`,
      );
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
   * Converts every flag given, and the environment of those that `command` takes.
   *
   * @throws {UsageError} For a value that is not what its row asks for, naming its origin.
   */
  constructor(
    flags: readonly Flag[],
    given: Arguments["given"],
    env: Environment,
    command: string,
  ) {
    for (const flag of flags) {
      const use = given.get(flag.name);
      if (use !== undefined) {
        const value = convert(flag, use.text, use.spelling);
        this.#values.set(flag.name, { value, origin: use.spelling, explicit: true });
        continue;
      }
      const text = flag.env === undefined ? undefined : env[flag.env];
      // An empty variable is how shells and compose files say "unset".
      if (!text?.trim() || !flag.commands.includes(command)) continue;
      const value = convert(flag, text.trim(), flag.env!);
      this.#values.set(flag.name, { value, origin: flag.env!, explicit: false });
    }
  }

  /** The value of a text flag. */
  text(name: string): FlagValue<string> | undefined {
    return this.#values.get(name) as FlagValue<string> | undefined;
  }

  /** The values of a flag that may be repeated. */
  lines(name: string): FlagValue<readonly string[]> | undefined {
    const flag = this.text(name);
    if (flag === undefined) return undefined;
    const lines = flag.value.split("\n").map((line) => line.trim()).filter((line) => line !== "");
    return { ...flag, value: lines };
  }

  /** The value of an integer flag, or the milliseconds of one in seconds. */
  number(name: string): FlagValue<number> | undefined {
    return this.#values.get(name) as FlagValue<number> | undefined;
  }

  /** The value of a boolean flag. */
  on(name: string): boolean {
    return this.#values.get(name)?.value === true;
  }

  /** The value of a boolean flag, or nothing if neither flag nor environment says. */
  switch(name: string): FlagValue<boolean> | undefined {
    return this.#values.get(name) as FlagValue<boolean> | undefined;
  }
}
