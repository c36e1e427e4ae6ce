/**
 * Leases that have ended, and which of them to forget first.
 *
 * An ended lease protects nobody's name; only its generation still matters, so
 * that a client that slept through it all is told the truth. That knowledge is
 * bounded: by age, by owner (one tenant must not push out the others'), and by
 * the registry's cap on all records, oldest first.
 *
 * @module
 */

import type { LeaseRecord } from "./lease_store.ts";

/** How long and how much to remember. */
export interface GraveyardLimits {
  /** Ended leases kept for one owner. */
  readonly perOwner: number;
  /** Milliseconds that an ended lease is kept. */
  readonly retentionMs: number;
}

/** The ended leases of one registry, in the order in which they ended. */
export class Graveyard {
  readonly #limits: GraveyardLimits;
  readonly #graves = new Map<string, LeaseRecord>();
  readonly #byOwner = new Map<string, Set<string>>();

  /** Makes an empty one. */
  constructor(limits: GraveyardLimits) {
    this.#limits = limits;
  }

  /** Adds a lease that has ended. */
  add(record: LeaseRecord): void {
    this.delete(record.name);
    this.#graves.set(record.name, record);
    const names = this.#byOwner.get(record.owner);
    if (names === undefined) this.#byOwner.set(record.owner, new Set([record.name]));
    else names.add(record.name);
  }

  /** Takes a name out, because it lives again or is forgotten. */
  delete(name: string): void {
    const record = this.#graves.get(name);
    if (record === undefined) return;
    this.#graves.delete(name);
    const names = this.#byOwner.get(record.owner);
    names?.delete(name);
    if (names?.size === 0) this.#byOwner.delete(record.owner);
  }

  /** Names in the order in which they are to be forgotten when room is needed. */
  oldestFirst(): IterableIterator<string> {
    return this.#graves.keys();
  }

  /** Names that are too old, or too many of `owner`'s. `now`: since 1970. */
  *surplus(now: number, owner: string | null): Generator<string, void, undefined> {
    for (const [name, record] of this.#graves) {
      if (now - record.usedAt <= this.#limits.retentionMs) break;
      yield name;
    }
    const names = owner === null ? undefined : this.#byOwner.get(owner);
    if (names === undefined) return;
    let surplus = names.size - this.#limits.perOwner;
    for (const name of names) {
      if (surplus-- <= 0) return;
      yield name;
    }
  }
}
