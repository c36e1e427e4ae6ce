/**
 * "Did you mean": the known word nearest to a mistyped one.
 *
 * @module
 */

/** Typing errors between two words, a swap of neighbours counting as one. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let best = Math.min(
        last[column]! + 1,
        current[column - 1]! + 1,
        last[column - 1]! + (same ? 0 : 1),
      );
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) best = Math.min(best, beforeLast[column - 2]! + 1);
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
}

/**
 * The known word that `word` was probably meant to be: at most one error in three letters, since
 * beyond that a guess misleads more often than it helps.
 */
export function closest(word: string, known: Iterable<string>): string | undefined {
  const mistyped = word.toLowerCase().slice(0, 40);
  let best: string | undefined;
  let fewest = Math.max(1, Math.floor(mistyped.length / 3)) + 1;
  for (const candidate of known) {
    const errors = distance(mistyped, candidate);
    if (errors < fewest) {
      fewest = errors;
      best = candidate;
    }
  }
  return best;
}
