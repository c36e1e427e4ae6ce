/**
 * Leases that end with the process: for tests, and for a server without a state
 * directory.
 *
 * @module
 */

import type { LeaseKind, LeaseRecord, LeaseStore, StoredLeases } from "./lease_store.ts";

/** A {@linkcode LeaseStore} in memory. */
export class MemoryLeaseStore implements LeaseStore {
  readonly #records = new Map<string, LeaseRecord>();
  #floor = 0;

  /** Gives what was saved. */
  load(): Promise<StoredLeases> {
    return Promise.resolve({ records: [...this.#records.values()], floor: this.#floor });
  }

  /** Adds or replaces one record. */
  save(record: LeaseRecord): Promise<void> {
    this.#records.set(`${record.kind}/${record.name}`, record);
    return Promise.resolve();
  }

  /** Removes one record. */
  forget(kind: LeaseKind, name: string, floor: number): Promise<void> {
    this.#records.delete(`${kind}/${name}`);
    this.#floor = Math.max(this.#floor, floor);
    return Promise.resolve();
  }
}
