/**
 * On which line of a TOML file a key stands. The parser gives values without places, and lets the
 * last of two equal keys win without a word.
 *
 * This reads the shapes people write (tables, dotted and quoted keys); where it cannot follow, such
 * as inside inline tables, it answers with the nearest line it knows.
 *
 * The client has a twin of this file on purpose: only what crosses the wire is shared.
 *
 * @module
 */

const PART = String.raw`(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')`;
const PATH = String.raw`${PART}(?:\s*\.\s*${PART})*`;
const HEADER = new RegExp(String.raw`^\s*(\[\[?)\s*(${PATH})\s*\]`);
const ASSIGNMENT = new RegExp(String.raw`^\s*(${PATH})\s*=`);

/** A key that is there twice. */
export interface DuplicateKey {
  readonly key: string;
  readonly line: number;
  readonly firstLine: number;
}

/** The lines of one file. */
export class TomlLines {
  /** The first key that is there twice. */
  readonly duplicate: DuplicateKey | undefined;
  readonly #lines = new Map<string, number>();

  /** Reads the text once. */
  constructor(text: string) {
    let table: readonly string[] = [];
    let open: string | undefined;
    let duplicate: DuplicateKey | undefined;
    for (const [index, line] of text.split("\n").entries()) {
      const quotes = line.match(/"""|'''/g) ?? [];
      const inside = open !== undefined;
      for (const quote of quotes) {
        if (open === undefined) open = quote;
        else if (open === quote) open = undefined;
      }
      if (inside) continue;
      const header = HEADER.exec(line);
      const assignment = header === null ? ASSIGNMENT.exec(line) : null;
      if (header === null && assignment === null) continue;
      if (header !== null) table = split(header[2]!);
      const path = header !== null ? table : [...table, ...split(assignment![1]!)];
      const key = JSON.stringify(path);
      const firstLine = this.#lines.get(key);
      if (firstLine === undefined) this.#lines.set(key, index + 1);
      else if (header?.[1] !== "[[") {
        duplicate ??= { key: path.join("."), line: index + 1, firstLine };
      }
    }
    this.duplicate = duplicate;
  }

  /** The line of a key, else of the nearest table around it. */
  lineOf(path: readonly string[]): number | undefined {
    for (let length = path.length; length > 0; length--) {
      const line = this.#lines.get(JSON.stringify(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return undefined;
  }
}

function split(path: string): string[] {
  const parts = path.match(new RegExp(PART, "g")) ?? [];
  return parts.map((part) => part.replace(/^["']|["']$/g, ""));
}
