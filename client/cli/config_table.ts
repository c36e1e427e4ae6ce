/**
 * One table of the config file, read key by key; every complaint names file, line and key.
 *
 * @module
 */

import { millisecondsOf } from "../quantity.ts";
import { closest } from "../suggestion.ts";
import type { TomlLines } from "./toml_lines.ts";
import { UsageError } from "../usage_error.ts";

/** The spellings of ngrok, frp and rathole for what we call otherwise. */
const RIVALS: Readonly<Record<string, string>> = {
  addr: "target",
  local_addr: "target",
  local_port: "target",
  localport: "target",
  proto: "kind",
  type: "kind",
  name: "subdomain",
  hostname: "subdomain",
  remote_port: "port",
  remoteport: "port",
  authtoken: "token",
  server: "endpoint",
  server_addr: "endpoint",
};

const SECRETS: ReadonlySet<string> = new Set(["token", "basic_auth", "webhook_secret"]);

/** A table of the file. */
export class ConfigTable {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #file: string;
  readonly #lines: TomlLines;
  readonly #path: readonly string[];

  /** Wraps the table at `path`. */
  constructor(
    values: Readonly<Record<string, unknown>>,
    place: { readonly file: string; readonly lines: TomlLines; readonly path: readonly string[] },
  ) {
    this.#values = values;
    this.#file = place.file;
    this.#lines = place.lines;
    this.#path = place.path;
  }

  /** Where a key stands: `tun.toml:7: tunnels.web.port`. */
  origin(key?: string): string {
    const path = key === undefined ? this.#path : [...this.#path, key];
    const line = this.#lines.lineOf(path);
    return `${this.#file}${line === undefined ? "" : `:${line}`}: ${path.join(".")}`;
  }

  /** The error for a key. */
  error(key: string | undefined, message: string): UsageError {
    return new UsageError(`${this.origin(key)}: ${message}`);
  }

  /** @throws {UsageError} If there is a key that is not among `known`. */
  onlyKnows(known: readonly string[]): void {
    for (const key of Object.keys(this.#values)) {
      if (known.includes(key)) continue;
      const plain = key.replaceAll("-", "_").toLowerCase();
      const rival = Object.hasOwn(RIVALS, plain) ? RIVALS[plain] : undefined;
      const guess = rival !== undefined && known.includes(rival) ? rival : closest(plain, known);
      const hint = guess === undefined ? `expected ${known.join(", ")}` : `did you mean ${guess}?`;
      throw this.error(key, `unknown key, ${hint}`);
    }
  }

  /** True if a key is there, whatever its value. */
  has(key: string): boolean {
    return this.#values[key] !== undefined;
  }

  /** A string that is not empty. */
  text(key: string): string | undefined {
    const value = this.#values[key];
    if (value === undefined) return undefined;
    if (typeof value === "string" && value.trim() !== "") return value.trim();
    throw this.#expected(key, "a text in quotes");
  }

  /** A whole number. */
  integer(key: string, min: number, max: number): number | undefined {
    const value = this.#values[key];
    if (value === undefined) return undefined;
    if (Number.isInteger(value) && Number(value) >= min && Number(value) <= max) {
      return Number(value);
    }
    throw this.#expected(key, `a whole number from ${min} to ${max}`);
  }

  /** Seconds, as a number or as a text such as "500ms"; in milliseconds. */
  seconds(key: string): number | undefined {
    const value = this.#values[key];
    if (value === undefined) return undefined;
    const plain = typeof value === "number" || typeof value === "string";
    const ms = plain ? millisecondsOf(String(value)) : undefined;
    if (ms !== undefined) return ms;
    throw this.#expected(key, `seconds above 0 (25, 2.5 or "500ms")`);
  }

  /** True or false. */
  boolean(key: string): boolean | undefined {
    const value = this.#values[key];
    if (value === undefined || typeof value === "boolean") return value;
    throw this.#expected(key, "true or false");
  }

  /** A text, or several in a list. */
  texts(key: string): readonly string[] | undefined {
    const value = this.#values[key];
    if (!Array.isArray(value)) return value === undefined ? undefined : [this.text(key)!];
    if (value.length > 0 && value.every((one) => typeof one === "string" && one.trim() !== "")) {
      return value.map((one) => one.trim());
    }
    throw this.#expected(key, "a text in quotes, or several in [ ]");
  }

  /** A text, or a whole number as its digits. */
  textOrNumber(key: string): string | undefined {
    const value = this.#values[key];
    return Number.isInteger(value) ? String(value) : this.text(key);
  }

  /** The tables inside a table, in order. */
  tables(key: string): readonly (readonly [name: string, table: ConfigTable])[] {
    const value = this.#values[key];
    if (value === undefined) return [];
    if (!isTable(value)) throw this.#expected(key, `tables such as [${key}.web]`);
    return Object.entries(value).map(([name, inner]) => {
      const path = [...this.#path, key, name];
      const place = { file: this.#file, lines: this.#lines, path };
      if (isTable(inner)) return [name, new ConfigTable(inner, place)];
      const origin = new ConfigTable({}, place).origin();
      throw new UsageError(`${origin}: expected a table, [${path.join(".")}]`);
    });
  }

  /** Runs a reader that names no place, and puts the place of `key` in front of its complaint. */
  naming<T>(key: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof UsageError) throw this.error(key, error.message);
      throw error;
    }
  }

  #expected(key: string, what: string): UsageError {
    // A secret is one even when its type is wrong.
    const got = SECRETS.has(key) ? "something else" : JSON.stringify(this.#values[key]);
    return this.error(key, `expected ${what}, got ${got}`);
  }
}

/** True for a TOML table. */
function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}
