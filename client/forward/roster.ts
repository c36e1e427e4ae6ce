/**
 * Those who are here now, where somebody comes and goes with every request.
 *
 * Not a `Set`: V8 links each table that a `Set` has outgrown to the next one. Once such a table has
 * reached the old generation, everything that was ever added after it stays in memory until the
 * next full collection: a quarter of all garbage, moved twice, for one `Set` of requests.
 *
 * @module
 */

/** What can be in a roster; in one only. */
export interface RosterEntry {
  /** Where it is; the roster's own. */
  place: number;
}

/** A collection without an order, whose entries know their places. */
export class Roster<Entry extends RosterEntry> implements Iterable<Entry> {
  readonly #entries: Entry[] = [];

  /** How many there are. */
  get size(): number {
    return this.#entries.length;
  }

  /** Adds one that is not in it. */
  add(entry: Entry): void {
    entry.place = this.#entries.push(entry) - 1;
  }

  /** Removes one that is in it; the last one takes its place. */
  remove(entry: Entry): void {
    const last = this.#entries.pop()!;
    if (last === entry) return;
    this.#entries[entry.place] = last;
    last.place = entry.place;
  }

  /** All of them, as they are now. */
  [Symbol.iterator](): Iterator<Entry> {
    return this.#entries.slice().values();
  }
}
