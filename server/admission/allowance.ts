/**
 * How much one owner may use, and what is used of it.
 *
 * Where tokens of one owner differ, the most generous of those in use counts for all: whoever
 * holds it could do as much without the others.
 *
 * @module
 */

import type { Clock } from "@tun/protocol";
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
