/**
 * One name, as a registry keeps it: what is stored of it, who has it now, and the queue of what
 * happens to it.
 *
 * Its parts have one writer each: `NameTable` the record, `Holders` the holder. All that waits for
 * the store or for a port is done in turn, so that each finds what the one before has left.
 *
 * @module
 */

import type { Lease, Lookup } from "./claim.ts";
import type { LeaseRecord } from "./lease_store.ts";
import { type OwnerId, sameOwner } from "./owner.ts";
import type { Charge } from "./quota.ts";

/** Nobody has the name. One for all, because most names that are looked up are unknown. */
export const UNKNOWN: Lookup<never> = { state: "unknown" };

/** A name, its record and its holder. */
export class NameEntry<Route> {
  /** The name. */
  readonly name: string;
  /** As stored; `null` until somebody is granted the name for the first time. */
  record: LeaseRecord | null = null;
  /** The present holder, or the lack of one. */
  view: Lookup<Route> = UNKNOWN;
  /** The last grant of this process, while nobody but its holder has the name. */
  lease: Lease | null = null;
  /** What the holder counts in the quota. */
  charge: Charge | null = null;
  #underWay = 0;
  #tail: Promise<unknown> = Promise.resolve();

  /** A name that nobody has. */
  constructor(name: string) {
    this.name = name;
  }

  /** True while a lease protects the name, online or offline. */
  get isLive(): boolean {
    return this.view.state !== "unknown";
  }

  /** True while a lease protects the name from `owner`. */
  isOthers(owner: OwnerId): boolean {
    return this.isLive && this.record !== null && !sameOwner(this.record.owner, owner);
  }

  /** True while something is to be done that was asked for: the name must not be forgotten. */
  get isBusy(): boolean {
    return this.#underWay > 0;
  }

  /** Resolves when everything is done that has been asked for so far. */
  get settled(): Promise<unknown> {
    return this.#tail;
  }

  /** Does what somebody asks for and waits for, in turn; the name is busy until then. */
  async attend<Result>(action: () => Promise<Result>): Promise<Result> {
    this.#underWay++;
    try {
      return await this.inTurn(action);
    } finally {
      this.#underWay--;
    }
  }

  /** Does something once all that came before it is done. */
  inTurn<Result>(action: () => Promise<Result>): Promise<Result> {
    const result = this.#tail.then(action);
    this.#tail = result.then(() => {}, () => {});
    return result;
  }
}
