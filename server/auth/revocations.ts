/**
 * Who is denied, whatever their tokens say: one token by its `jti`, or everything of a
 * subject by its `sub`. What a file of the operator's denies is apart from what was denied
 * while running, which is kept in the state directory.
 *
 * @module
 */

import { isJsonObject, parseStrictJson } from "./strict_json.ts";

/** More would be a list of everybody. At most some 60 MiB. */
const MOST = 100_000;

/** As long as a `jti` or `sub` can be. */
const MAX_CHARACTERS = 512;

/** Somebody who is denied. */
export interface Revocation {
  /** `jti:` or `sub:`, and the value. */
  readonly id: string;
  /** Who says so. */
  readonly source: "file" | "api";
}

/** A line or a list of revocations that makes no sense. */
export class RevocationError extends Error {
  /** Tells the class apart. */
  override readonly name = "RevocationError";
}

/**
 * Reads `jti:…` or `sub:…`.
 *
 * @throws {RevocationError} If it is neither.
 */
export function parseRevocation(text: string): string {
  const match = /^(jti|sub):(.+)$/su.exec(text);
  const value = match?.[2] ?? "";
  const isValue = value !== "" && value.length <= MAX_CHARACTERS && value.isWellFormed() &&
    !/\p{Cc}|\p{Zl}|\p{Zp}/u.test(value);
  if (isValue) return text;
  throw new RevocationError("expected jti:ID or sub:WHO");
}

/**
 * Reads a file: a line for each, or JSON such as `{"jti": ["…"], "sub": ["…"]}`. Empty lines,
 * and those that start with `#`, do not count.
 *
 * @throws {RevocationError} For the first thing that is wrong, in one line.
 */
export function readRevocations(text: string): string[] {
  const ids = text.trimStart().startsWith("{") ? idsOfJson(text) : idsOfLines(text);
  if (ids.length <= MOST) return ids;
  throw new RevocationError(`expected at most ${MOST} entries: there are ${ids.length}`);
}

function idsOfLines(text: string): string[] {
  return text.split("\n").flatMap((line, index) => {
    const entry = line.trim();
    if (entry === "" || entry.startsWith("#")) return [];
    try {
      return [parseRevocation(entry)];
    } catch (error) {
      if (!(error instanceof RevocationError)) throw error;
      throw new RevocationError(`line ${index + 1}: ${error.message}`);
    }
  });
}

function idsOfJson(text: string): string[] {
  let value: unknown;
  try {
    value = parseStrictJson(text);
  } catch (cause) {
    throw new RevocationError("it starts like JSON, and is not", { cause });
  }
  const shape = new RevocationError('expected {"jti": ["…"], "sub": ["…"]}');
  if (!isJsonObject(value)) throw shape;
  return Object.entries(value).flatMap(([kind, list]) => {
    if ((kind !== "jti" && kind !== "sub") || !Array.isArray(list)) throw shape;
    return list.map((entry: unknown) => {
      if (typeof entry !== "string") throw shape;
      return parseRevocation(`${kind}:${entry}`);
    });
  });
}

/** Everybody who is denied. */
export class Revocations {
  readonly #path: string;
  readonly #listeners = new Set<() => void>();
  #fromFile: ReadonlySet<string> = new Set();
  #fromApi: ReadonlySet<string>;
  /** Changes are written one after the other. */
  #work: Promise<unknown> = Promise.resolve();

  private constructor(path: string, fromApi: ReadonlySet<string>) {
    this.#path = path;
    this.#fromApi = fromApi;
  }

  /**
   * Reads what was denied before.
   *
   * @throws {RevocationError} If the file in the state directory makes no sense: going on
   * without it would let in who was denied.
   */
  static async open(stateDirectory: string): Promise<Revocations> {
    const path = `${stateDirectory}/revoked`;
    let text = "";
    try {
      text = await Deno.readTextFile(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    try {
      return new Revocations(path, new Set(readRevocations(text)));
    } catch (error) {
      if (!(error instanceof RevocationError)) throw error;
      throw new RevocationError(`${path}: ${error.message}`, { cause: error });
    }
  }

  /** Whether somebody is denied. */
  has({ subject, tokenId }: { subject: string; tokenId: string | undefined }): boolean {
    return this.#hasId(`sub:${subject}`) ||
      (tokenId !== undefined && this.#hasId(`jti:${tokenId}`));
  }

  #hasId(id: string): boolean {
    return this.#fromFile.has(id) || this.#fromApi.has(id);
  }

  /** Who says that `id` is denied; the API, if both do. */
  sourceOf(id: string): Revocation["source"] | undefined {
    if (this.#fromApi.has(id)) return "api";
    return this.#fromFile.has(id) ? "file" : undefined;
  }

  /** All of them. */
  list(): Revocation[] {
    return [
      ...Array.from(this.#fromFile, (id) => ({ id, source: "file" as const })),
      ...Array.from(this.#fromApi, (id) => ({ id, source: "api" as const })),
    ];
  }

  /**
   * Denies somebody; resolves when it is stored. It takes effect at once, before that.
   *
   * @throws {RevocationError} If `id` is neither `jti:…` nor `sub:…`, or there are too many.
   */
  async add(id: string): Promise<Revocation> {
    parseRevocation(id);
    if (this.#fromApi.size >= MOST) throw new RevocationError(`there are ${MOST} already`);
    this.#fromApi = new Set([...this.#fromApi, id]);
    this.#tell();
    await this.#store();
    return { id, source: "api" };
  }

  /** Takes {@linkcode add} back; false if there is no such entry. What the file says stays. */
  async remove(id: string): Promise<boolean> {
    if (!this.#fromApi.has(id)) return false;
    this.#fromApi = new Set(Array.from(this.#fromApi).filter((other) => other !== id));
    await this.#store();
    return true;
  }

  /** From now on the operator's file says this. Nobody is told: see {@linkcode onChange}. */
  setFile(ids: readonly string[]): void {
    this.#fromFile = new Set(ids);
  }

  /** Calls `listener` when more is denied. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #store(): Promise<void> {
    const write = async () => {
      const fresh = `${this.#path}.new`;
      const lines = Array.from(this.#fromApi, (id) => `${id}\n`).join("");
      await Deno.writeTextFile(fresh, lines, { mode: 0o600 });
      await Deno.rename(fresh, this.#path);
    };
    const stored = this.#work.then(write);
    // The next write must not fail because this one did; its caller is told.
    this.#work = stored.catch(() => {});
    return stored;
  }
}
