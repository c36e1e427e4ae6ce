/**
 * A lease store of which nobody need fear an exception: an operator is told what it could not
 * store, and the caller hears yes or no.
 *
 * @module
 */

import type { LeaseRecord } from "./lease_store.ts";
import type { RegistryEvent, RegistryOptions } from "./registry_options.ts";

type Operation = (RegistryEvent & { type: "store_failed" })["operation"];

/** Stores the records of one registry. */
export class ReportedStore {
  readonly #options: RegistryOptions;
  readonly #forgetting = new Set<Promise<unknown>>();

  /** Writes to the store of `options`, and reports there. */
  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** Adds or replaces a record; true once it is stored. */
  async save(operation: Exclude<Operation, "forget">, record: LeaseRecord): Promise<boolean> {
    try {
      await this.#options.store.save(record);
      return true;
    } catch (cause) {
      this.#report(operation, record.name, cause);
      return false;
    }
  }

  /** Removes a record in the background. If that fails it is there again after a restart. */
  forget(name: string, floor: number): void {
    const { store, kind } = this.#options;
    const written = store.forget(kind, name, floor)
      .catch((cause) => this.#report("forget", name, cause))
      .finally(() => this.#forgetting.delete(written));
    this.#forgetting.add(written);
  }

  /** Resolves when all that was to be removed is removed. */
  async settled(): Promise<void> {
    await Promise.all(this.#forgetting);
  }

  #report(operation: Operation, name: string, cause: unknown): void {
    this.#options.onEvent?.({ type: "store_failed", operation, name, cause });
  }
}
