/**
 * How many leases one owner and one address may have at a time, online and
 * offline together. It is what stops squatting.
 *
 * @module
 */

import type { OwnerId } from "./owner.ts";

/** The caps. */
export interface QuotaLimits {
  /** Leases of one owner. */
  readonly perOwner: number;
  /** Leases taken from one address group (see `address_group.ts`). */
  readonly perAddress: number;
}

/**
 * An owner with more than 100 tunnels is a program gone wild. An address may be
 * a whole office or a CI provider's gateway, hence twice that.
 */
export const DEFAULT_QUOTA: QuotaLimits = { perOwner: 100, perAddress: 200 };

/** One counted lease; disposing it, once or twice, takes it off the count. */
export type Charge = Disposable;

/** The answer to {@linkcode Quota.take}. */
export type QuotaResult =
  | { readonly state: "charged"; readonly charge: Charge }
  | { readonly state: "over"; readonly scope: "owner" | "address"; readonly limit: number };

/** Counts leases by owner and by address. */
export class Quota {
  readonly #limits: QuotaLimits;
  readonly #owners = new Map<string, number>();
  readonly #addresses = new Map<string, number>();

  /** Makes an empty count. */
  constructor(limits: QuotaLimits) {
    this.#limits = limits;
  }

  /** Counts one lease more, unless that is over a cap. */
  take(owner: OwnerId, address: string | null): QuotaResult {
    const { perOwner, perAddress } = this.#limits;
    if (this.ofOwner(owner) >= perOwner) return { state: "over", scope: "owner", limit: perOwner };
    if (address !== null && this.ofAddress(address) >= perAddress) {
      return { state: "over", scope: "address", limit: perAddress };
    }
    return { state: "charged", charge: this.force(owner, address) };
  }

  /** Counts one lease more, also over a cap: for what is renewed or was loaded. */
  force(owner: OwnerId, address: string | null): Charge {
    add(this.#owners, owner, 1);
    if (address !== null) add(this.#addresses, address, 1);
    let counted = true;
    return {
      [Symbol.dispose]: () => {
        if (!counted) return;
        counted = false;
        add(this.#owners, owner, -1);
        if (address !== null) add(this.#addresses, address, -1);
      },
    };
  }

  /** Leases of `owner`. */
  ofOwner(owner: OwnerId): number {
    return this.#owners.get(owner) ?? 0;
  }

  /** Leases from `address`. */
  ofAddress(address: string): number {
    return this.#addresses.get(address) ?? 0;
  }
}

/** Zero is not kept: the maps must not grow with everybody who was ever here. */
function add(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
