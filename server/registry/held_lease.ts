/**
 * The handle of a lease. It knows nothing but its name and generation; whether
 * it still is the one that counts is the registry's to say.
 *
 * @module
 */

import type { Lease } from "./claim.ts";

/** What the registry does for a handle. */
export interface LeaseActions {
  /** See {@linkcode Lease.held}. */
  held(): boolean;
  /** See {@linkcode Lease.goOffline}. */
  goOffline(): void;
  /** See {@linkcode Lease.release}. */
  release(): Promise<void>;
}

/** The {@linkcode Lease} that a registry hands out. */
export class HeldLease implements Lease {
  readonly name: string;
  readonly generation: number;
  readonly #actions: LeaseActions;

  /** Makes a handle that acts through `actions`. */
  constructor(name: string, generation: number, actions: LeaseActions) {
    this.name = name;
    this.generation = generation;
    this.#actions = actions;
  }

  /** True while this is the name's present lease and online. */
  get held(): boolean {
    return this.#actions.held();
  }

  /** The connection is gone. */
  goOffline(): void {
    this.#actions.goOffline();
  }

  /** The owner gives the name up. */
  release(): Promise<void> {
    return this.#actions.release();
  }

  /** The same as {@linkcode goOffline}: the safe thing when a scope ends. */
  [Symbol.dispose](): void {
    this.#actions.goOffline();
  }
}
