/**
 * JSON that everybody reads alike: a key that is there twice is refused, because
 * one parser takes the first and another the last.
 *
 * @module
 */

/** Strings, with the colon if they are keys, and brackets; commas and numbers do not matter. */
const PIECES = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\]]/g;

/**
 * Parses JSON without repeated keys.
 *
 * @throws {SyntaxError} If it is not that.
 */
export function parseStrictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  // From here on it is known to be JSON, so the pieces cannot be misread.
  const open: Set<string>[] = [];
  for (const [piece, colon] of text.matchAll(PIECES)) {
    if (piece === "{" || piece === "[") open.push(new Set());
    else if (piece === "}" || piece === "]") open.pop();
    else if (colon !== undefined) add(open.at(-1)!, piece.slice(0, -colon.length));
  }
  return value;
}

/** A key can be spelled with escapes, so it is read before it is compared. */
function add(keys: Set<string>, spelling: string): void {
  const key: string = JSON.parse(spelling);
  if (keys.has(key)) throw new SyntaxError("Cannot parse JSON as a key is there twice");
  keys.add(key);
}

/** Something with keys, and not a list. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
