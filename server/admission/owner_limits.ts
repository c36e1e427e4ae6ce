/**
 * What an owner may use, over all their sessions: opening more of them gives nobody more.
 *
 * @module
 */

import type { Clock } from "@tun/protocol";
import { ExpiryQueue } from "../registry/expiry_queue.ts";
import type { OwnerId } from "../registry/owner.ts";
import { Allowance, type UsageLimits } from "./allowance.ts";

/**
 * An owner is remembered this long after their last session, so that nobody is rid of a debt by
 * coming back: 64 KiB, the largest piece, are paid by then at 1 KiB a second.
 */
const REMEMBERED_MS = 64_000;

/** One session's part in its owner's allowance. */
export class Share implements Disposable {
  readonly #owners: OwnerLimits;
  readonly #owner: OwnerId;
  #limits: UsageLimits | undefined;
  #allowance: Allowance | undefined;

  /** Made by {@linkcode OwnerLimits.share}. */
  constructor(owners: OwnerLimits, owner: OwnerId) {
    this.#owners = owners;
    this.#owner = owner;
  }

  /** What counts for the session; `undefined` if it has no limits. */
  get allowance(): Allowance | undefined {
    return this.#allowance;
  }

  /** The session has these limits now. */
  change(limits: UsageLimits): void {
    // A copy: two sessions may have one and the same grant, and each counts.
    const next = isLimited(limits) ? { ...limits } : undefined;
    this.#allowance = this.#owners.change(this.#owner, this.#limits, next);
    this.#limits = next;
  }

  /** The session is over. */
  [Symbol.dispose](): void {
    this.#owners.change(this.#owner, this.#limits, undefined);
    this.#limits = undefined;
  }
}

/** The allowances of all who are here, and of who has just left. */
export class OwnerLimits implements Disposable {
  readonly #clock: Clock;
  readonly #allowances = new Map<OwnerId, Allowance>();
  readonly #leaving: ExpiryQueue<OwnerId>;

  /** Knows nobody yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#leaving = new ExpiryQueue(clock, REMEMBERED_MS, (owner) => this.#forget(owner));
  }

  /** How many are known. */
  get size(): number {
    return this.#allowances.size;
  }

  /** A new session's share. */
  share(owner: OwnerId, limits: UsageLimits): Share {
    const share = new Share(this, owner);
    share.change(limits);
    return share;
  }

  /** For shares. */
  change(
    owner: OwnerId,
    before: UsageLimits | undefined,
    after: UsageLimits | undefined,
  ): Allowance | undefined {
    if (before === undefined && after === undefined) return undefined;
    let allowance = this.#allowances.get(owner);
    if (allowance === undefined) {
      allowance = new Allowance(this.#clock);
      this.#allowances.set(owner, allowance);
    }
    allowance.change(before, after);
    if (allowance.isShared) this.#leaving.delete(owner);
    else this.#leaving.add(owner);
    return after === undefined ? undefined : allowance;
  }

  /** Forgets everybody. */
  [Symbol.dispose](): void {
    this.#leaving[Symbol.dispose]();
    for (const allowance of this.#allowances.values()) allowance.release();
    this.#allowances.clear();
  }

  #forget(owner: OwnerId): void {
    // A connection that drains still counts.
    if ((this.#allowances.get(owner)?.inUse ?? 0) > 0) this.#leaving.add(owner);
    else this.#allowances.delete(owner);
  }
}

function isLimited({ streams, requestsPerSecond, bytesPerSecond }: UsageLimits): boolean {
  return Math.min(streams, requestsPerSecond, bytesPerSecond) !== Infinity;
}
