/**
 * Every name with a record, and what to forget when there are too many.
 *
 * A name that nobody has may have a record all the same, of a lease that has ended; only the
 * generation in it counts. Such records are dropped when old or too many. The *floor* is the
 * highest generation ever dropped. A reclaim for a name without a record must show more than the
 * floor: otherwise we may have forgotten a newer claim, and an old laptop must not win only because
 * it slept longest. Refusing is the safe side, and a person's claim still gets the name.
 *
 * @module
 */

import { Graveyard } from "./graveyard.ts";
import type { LeaseRecord } from "./lease_store.ts";
import { NameEntry } from "./name_entry.ts";
import type { RegistryLimits } from "./registry_options.ts";
import type { ReportedStore } from "./reported_store.ts";

/** The names of one registry. */
export class NameTable<Route> {
  readonly #store: ReportedStore;
  readonly #limits: RegistryLimits;
  readonly #wallTime: () => number;
  readonly #entries = new Map<string, NameEntry<Route>>();
  readonly #graveyard: Graveyard;
  #floor: number;

  /** Makes a table without names; `floor` is that of the store. */
  constructor(
    store: ReportedStore,
    limits: RegistryLimits,
    wallTime: () => number,
    floor: number,
  ) {
    this.#store = store;
    this.#limits = limits;
    this.#wallTime = wallTime;
    this.#graveyard = new Graveyard({
      perOwner: limits.endedPerOwner,
      retentionMs: limits.retentionMs,
    });
    this.#floor = floor;
  }

  /** The highest generation that was ever forgotten. */
  get floor(): number {
    return this.#floor;
  }

  /** What is kept of a name, if anything. */
  get(name: string): NameEntry<Route> | undefined {
    return this.#entries.get(name);
  }

  /** All names, the longest known first. */
  entries(): MapIterator<NameEntry<Route>> {
    return this.#entries.values();
  }

  /** The name's entry, made if there is none. */
  obtain(name: string): NameEntry<Route> {
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      entry = new NameEntry(name);
      this.#entries.set(name, entry);
    }
    return entry;
  }

  /** Takes a name out again that came to nothing. */
  dropUnrecorded(entry: NameEntry<Route>): void {
    if (entry.record === null && this.#has(entry)) this.#entries.delete(entry.name);
  }

  /** Adds what a store has. */
  restore(records: LeaseRecord[]): void {
    for (const record of records.sort((a, b) => a.usedAt - b.usedAt)) {
      this.obtain(record.name).record = record;
      if (!record.live) this.#graveyard.add(record);
    }
    this.#tidy(null);
  }

  /** Makes room for a new record if it must, at the cost of the oldest ended lease. */
  hasRoomFor(entry: NameEntry<Route>): boolean {
    if (entry.record !== null || this.#entries.size <= this.#limits.records) return true;
    for (const name of this.#graveyard.oldestFirst()) {
      if (this.#forget(name)) return true;
    }
    return false;
  }

  /** The name has a live record. */
  enter(entry: NameEntry<Route>, record: LeaseRecord): void {
    this.#graveyard.delete(entry.name);
    entry.record = record;
  }

  /** The name's lease has ended; false if there are so many that it is forgotten at once. */
  bury(entry: NameEntry<Route>, ended: LeaseRecord): boolean {
    entry.record = ended;
    this.#graveyard.add(ended);
    this.#tidy(ended.owner);
    return this.#has(entry);
  }

  #has(entry: NameEntry<Route>): boolean {
    return this.#entries.get(entry.name) === entry;
  }

  #tidy(owner: string | null): void {
    const surplus = this.#graveyard.surplus(this.#wallTime(), owner);
    for (const name of [...surplus]) this.#forget(name);
  }

  /** False if something is being done with the name right now. */
  #forget(name: string): boolean {
    const entry = this.#entries.get(name);
    if (!entry?.record || entry.isBusy) return false;
    this.#entries.delete(name);
    this.#graveyard.delete(name);
    this.#floor = Math.max(this.#floor, entry.record.generation);
    this.#store.forget(name, this.#floor);
    return true;
  }
}
