/**
 * Reads what a peer says in JSON, and insists on the type of every field that is asked for.
 * Unknown fields are ignored.
 *
 * @module
 */

const strictUtf8 = new TextDecoder("utf-8", { fatal: true });

/** Says what is wrong with a field; never leaves this file. */
class BadField extends Error {}

/**
 * Reads one JSON object as `build` does, and throws what `fail` makes of the first thing that is
 * wrong. `what` says what is read.
 */
export function readJson<T>(
  bytes: Uint8Array,
  what: string,
  build: (fields: JsonFields) => T,
  fail: (why: string) => Error,
): T {
  try {
    return build(new JsonFields(parse(bytes)));
  } catch (error) {
    if (error instanceof BadField) throw fail(`Cannot read the ${what} as ${error.message}`);
    throw error;
  }
}

function parse(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(strictUtf8.decode(bytes));
  } catch {
    throw new BadField("it is not JSON");
  }
  if (!isObject(value) || Array.isArray(value)) throw new BadField("it is not a JSON object");
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** The fields of one object. What they throw, {@linkcode readJson} puts into words. */
export class JsonFields {
  readonly #values: Record<string, unknown>;
  /** Before a field's name in what is said of it. */
  readonly #path: string;

  /** Reads from `values`. */
  constructor(values: Record<string, unknown>, path = "") {
    this.#values = values;
    this.#path = path;
  }

  /** Text of at most so many characters. */
  text(name: string, most: number): string {
    const value = this.#get(name);
    if (typeof value !== "string" || value.length > most) {
      throw this.#bad(name, `text of at most ${most} characters`);
    }
    return value;
  }

  /** So many bytes in lower-case hex. */
  hex(name: string, bytes: number): string {
    const value = this.#get(name);
    if (typeof value !== "string" || value.length !== 2 * bytes || !/^[0-9a-f]*$/.test(value)) {
      throw this.#bad(name, `${bytes} bytes in lower-case hex`);
    }
    return value;
  }

  /** The same as {@linkcode text}, or nothing where there is no such field. */
  optionalText<Name extends string>(name: Name, most: number): { [K in Name]?: string } {
    if (this.#get(name) === undefined) return {};
    return { [name]: this.text(name, most) } as { [K in Name]?: string };
  }

  /** The same as {@linkcode hex}, or nothing where there is no such field. */
  optionalHex<Name extends string>(name: Name, bytes: number): { [K in Name]?: string } {
    if (this.#get(name) === undefined) return {};
    return { [name]: this.hex(name, bytes) } as { [K in Name]?: string };
  }

  /** A list of words; an empty one where there is no such field. */
  words(name: string): string[] {
    const value = this.#get(name) ?? [];
    if (!Array.isArray(value) || !value.every((word) => typeof word === "string")) {
      throw this.#bad(name, "a list of words");
    }
    return value;
  }

  /** A whole number from `least` to `most`. */
  integer(name: string, least: number, most: number): number {
    const value = this.#get(name);
    if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
      throw this.#bad(name, `a whole number from ${least} to ${most}`);
    }
    return value as number;
  }

  /** True or false. */
  flag(name: string): boolean {
    const value = this.#get(name);
    if (typeof value !== "boolean") throw this.#bad(name, "true or false");
    return value;
  }

  /** What `read` makes of the object under `name`. */
  within<T>(name: string, read: (inner: JsonFields) => T): T {
    const value = this.#get(name);
    if (!isObject(value)) throw this.#bad(name, "an object");
    return read(new JsonFields(value, `${this.#path}${name}.`));
  }

  #get(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
  }

  #bad(name: string, expected: string): BadField {
    return new BadField(`"${this.#path}${name}" is not ${expected}`);
  }
}
