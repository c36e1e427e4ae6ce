/**
 * What an owner may use, over all their sessions: opening more of them gives nobody more.
 *
 * Where tokens of one owner differ, the most generous of those in use counts for all: whoever
 * holds it could do as much without the others.
 *
 * @module
 */

import type { Clock } from "@tun/protocol";
import { ExpiryQueue } from "../registry/expiry_queue.ts";
import type { OwnerId } from "../registry/owner.ts";
import { ByteLine } from "./byte_line.ts";
import { TokenBucket } from "./token_bucket.ts";

/** The part of a grant that is about how much. `Infinity` is no limit. */
export interface UsageLimits {
  /** Visitors' requests and connections at once. */
  readonly streams: number;
  /** Of them, how many a second. */
  readonly requestsPerSecond: number;
  /** In each direction. */
  readonly bytesPerSecond: number;
}

/**
 * An owner is remembered this long after their last session, so that nobody is rid of a debt by
 * coming back: 64 KiB, the largest piece, are paid by then at 1 KiB a second.
 */
const REMEMBERED_MS = 64_000;

/** An owner's limits, and what is used of them. */
export class Allowance {
  readonly #clock: Clock;
  readonly #shares = new Set<UsageLimits>();
  #streams = Infinity;
  #inUse = 0;
  #requests: TokenBucket | undefined;
  #inward: ByteLine | undefined;
  #outward: ByteLine | undefined;

  /** Made by {@linkcode OwnerLimits}. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Requests and connections in progress. */
  get inUse(): number {
    return this.#inUse;
  }

  /** True while a session of the owner is there. */
  get isShared(): boolean {
    return this.#shares.size > 0;
  }

  /** One more session, or one that has got other limits. */
  change(before: UsageLimits | undefined, after: UsageLimits | undefined): void {
    if (before !== undefined) this.#shares.delete(before);
    if (after !== undefined) this.#shares.add(after);
    if (this.#shares.size === 0) return this.release();
    this.#streams = this.#most("streams");
    const requests = this.#most("requestsPerSecond");
    this.#requests = requests === Infinity ? undefined : this.#requests ??
      new TokenBucket(this.#clock, requests);
    this.#requests?.setRate(requests);
    this.#inward = this.#lineOf(this.#inward);
    this.#outward = this.#lineOf(this.#outward);
  }

  /** Takes a request: 0, the milliseconds until one may come, or `Infinity` for too many at once. */
  enter(): number {
    if (this.#inUse >= this.#streams) return Infinity;
    const waitMs = this.#requests?.take() ?? 0;
    if (waitMs === 0) this.#inUse++;
    return waitMs;
  }

  /** The request is over. */
  leave(): void {
    this.#inUse--;
  }

  /** See {@linkcode ByteLine.pass}; from visitors. */
  inward(bytes: number): Promise<void> | undefined {
    return this.#inward?.pass(bytes);
  }

  /** See {@linkcode ByteLine.pass}; to visitors. */
  outward(bytes: number): Promise<void> | undefined {
    return this.#outward?.pass(bytes);
  }

  /** Lets all bytes go that wait: their streams are over. */
  release(): void {
    this.#inward?.release();
    this.#outward?.release();
  }

  #most(key: keyof UsageLimits): number {
    let most = 0;
    for (const share of this.#shares) most = Math.max(most, share[key]);
    return most;
  }

  #lineOf(line: ByteLine | undefined): ByteLine | undefined {
    const bytes = this.#most("bytesPerSecond");
    if (bytes === Infinity) {
      line?.release();
      return undefined;
    }
    if (line === undefined) return new ByteLine(this.#clock, bytes);
    line.setRate(bytes);
    return line;
  }
}

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
