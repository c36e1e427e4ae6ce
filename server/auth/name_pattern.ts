/**
 * Text with `*`, which stands for any characters, also none; nothing else has a meaning.
 *
 * Matched without backtracking: patterns come from tokens, and the text from clients.
 *
 * @module
 */

/** True if all of `text` is as `pattern` says. */
export function matchesPattern(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return text === pattern;
  const last = rest.pop()!;
  if (text.length < first.length + last.length) return false;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  // The leftmost place for each piece leaves the most room for those after it.
  const end = text.length - last.length;
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
