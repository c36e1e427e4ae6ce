/**
 * A bucket for each address, and no more of them than a fixed number.
 *
 * @module
 */

import type { Clock } from "@tun/protocol";
import { addressGroup } from "../registry/address_group.ts";
import { TokenBucket } from "./token_bucket.ts";

/**
 * Addresses that are remembered; some 4 MB. Whoever has more of them gets past a limit for each
 * anyhow, and the oldest is forgotten first.
 */
const MOST_ADDRESSES = 16_384;

/** So many a second for each visitor's address. */
export class AddressBuckets {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #most: number;
  readonly #buckets = new Map<string, TokenBucket>();

  /** Knows no address yet. */
  constructor(
    clock: Clock,
    { perSecond, burst = Math.max(1, perSecond), most = MOST_ADDRESSES }: {
      readonly perSecond: number;
      readonly burst?: number;
      readonly most?: number;
    },
  ) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#most = most;
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes one: 0, or the milliseconds until there will be one. */
  take(ip: string): number {
    const group = addressGroup(ip);
    let bucket = this.#buckets.get(group);
    if (bucket === undefined) {
      if (this.#buckets.size >= this.#most) this.#forgetOldest();
      bucket = new TokenBucket(this.#clock, this.#perSecond, this.#burst);
      this.#buckets.set(group, bucket);
    }
    return bucket.take();
  }

  #forgetOldest(): void {
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
