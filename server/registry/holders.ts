/**
 * Who has a name now. All changes of that are in this file:
 *
 * ```text
 *            claim, reclaim               connection gone
 *  unknown ────────────────▶ online ────────────────────────▶ offline
 *     ▲                       │ ▲ ▲│                           │  │
 *     │       release         │ │ └┘ same owner: take-over     │  │
 *     ├───────────────────────┘ └──── same owner: renewal ─────┘  │
 *     └──────────────── lease time over, or release ──────────────┘
 * ```
 *
 * A lease is *live* while online or offline. Whatever ends one through a handle checks that the
 * handle is still that of the present grant: a successor is never touched.
 *
 * **Reserved.** An operator can set a name aside for an owner: a lease that goes offline instead of
 * ending, whether its time is over or its owner gives it up, until the operator frees it. See
 * `reservation.ts`.
 *
 * @module
 */

import type { Clock } from "@tun/protocol";
import type { ClaimRequest, Lease } from "./claim.ts";
import { ExpiryQueue } from "./expiry_queue.ts";
import { HeldLease } from "./held_lease.ts";
import type { LeaseRecord } from "./lease_store.ts";
import { type NameEntry, UNKNOWN } from "./name_entry.ts";
import { Quota } from "./quota.ts";
import type { RegistryLimits } from "./registry_options.ts";

/** Gives names to their holders, and takes them away in time. */
export class Holders<Route> implements Disposable {
  /** Counts the live leases, and those of claims under way. */
  readonly quota: Quota;
  readonly #clock: Clock;
  readonly #offline: ExpiryQueue<NameEntry<Route>>;
  readonly #onEnd: (entry: NameEntry<Route>) => Promise<void>;

  /** `onEnd` is called when a lease has ended by itself or was given up; it resolves once stored. */
  constructor(
    clock: Clock,
    limits: RegistryLimits,
    onEnd: (entry: NameEntry<Route>) => Promise<void>,
  ) {
    this.quota = new Quota(limits);
    this.#clock = clock;
    this.#offline = new ExpiryQueue(clock, limits.leaseMs, (entry) => void this.#end(entry));
    this.#onEnd = onEnd;
  }

  /** The name is online: whoever claimed it has it, with the generation of its record. */
  install(
    entry: NameEntry<Route>,
    { generation }: LeaseRecord,
    { owner, address, route }: ClaimRequest<Route>,
  ): Lease {
    this.#offline.delete(entry);
    entry.charge?.[Symbol.dispose]();
    entry.charge = this.quota.force(owner, address);
    entry.view = { state: "online", route };
    const lease: Lease = new HeldLease(entry.name, generation, {
      held: () => entry.lease === lease && entry.view.state === "online",
      goOffline: () => this.#goOffline(entry, lease),
      release: () => this.#release(entry, lease),
    });
    entry.lease = lease;
    return lease;
  }

  /** A live lease of the store comes back, offline and with a full lease time. */
  restore(entry: NameEntry<Route>, { owner }: LeaseRecord): void {
    // Addresses are not stored: it counts against one again once it is renewed.
    entry.charge = this.quota.force(owner, null);
    this.keep(entry);
  }

  /** The name is offline: its owner's for the lease time, or for ever if it is reserved. */
  keep(entry: NameEntry<Route>): void {
    const since = this.#clock.now();
    if (entry.record?.reserved) {
      this.#offline.delete(entry);
      entry.charge?.[Symbol.dispose]();
      // No address: it would count against one for ever.
      entry.charge = this.quota.force(entry.record.owner, null);
      entry.view = { state: "offline", since, until: Infinity };
      return;
    }
    entry.view = { state: "offline", since, until: this.#offline.add(entry) };
  }

  /** The name is unknown: from now on nobody has it. */
  vacate(entry: NameEntry<Route>): void {
    this.#offline.delete(entry);
    entry.view = UNKNOWN;
    // Whoever had it cannot end a later one.
    entry.lease = null;
    entry.charge?.[Symbol.dispose]();
    entry.charge = null;
  }

  /** Ends what should have ended by now, also when the timer is late. */
  sweep(): void {
    this.#offline.sweep();
  }

  /** No lease ends by itself any more. */
  [Symbol.dispose](): void {
    this.#offline[Symbol.dispose]();
  }

  #goOffline(entry: NameEntry<Route>, lease: Lease): void {
    if (entry.lease !== lease || entry.view.state !== "online") return;
    this.keep(entry);
  }

  async #release(entry: NameEntry<Route>, lease: Lease): Promise<void> {
    if (entry.lease !== lease || !entry.isLive) return;
    if (entry.record?.reserved) this.keep(entry);
    else await this.#end(entry);
  }

  #end(entry: NameEntry<Route>): Promise<void> {
    this.vacate(entry);
    return this.#onEnd(entry);
  }
}
