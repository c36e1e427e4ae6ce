/**
 * What a registry is given, and the numbers it goes by.
 *
 * @module
 */

import type { Clock } from "@tun/protocol";
import type { LeaseKind, LeaseStore } from "./lease_store.ts";
import { DEFAULT_QUOTA, type QuotaLimits } from "./quota.ts";

/** Numbers that a server may change. */
export interface RegistryLimits extends QuotaLimits {
  /** How long a name stays its owner's after the connection is gone, in milliseconds. */
  readonly leaseMs: number;
  /** Names with a record, live and ended. */
  readonly records: number;
  /** Ended leases remembered for one owner. */
  readonly endedPerOwner: number;
  /** How long an ended lease is remembered, in milliseconds. */
  readonly retentionMs: number;
}

/** The limits of a server that was told nothing else. */
export const DEFAULT_REGISTRY_LIMITS: RegistryLimits = {
  ...DEFAULT_QUOTA,
  // A reboot with updates, or a change of trains; after that others may have it.
  leaseMs: 10 * 60_000,
  // Some 300 bytes each, in memory and in the journal: about 30 MB.
  records: 100_000,
  // Ten times what an owner may have at once; one owner fills 1 % of the records.
  endedPerOwner: 1_000,
  // As long as the first token lives: who comes back later needs a person anyway.
  retentionMs: 90 * 24 * 3_600_000,
};

/** Something that an operator should know. */
export type RegistryEvent =
  | {
    /** The store rejected a change. */
    readonly type: "store_failed";
    /** What was to be stored. A claim was refused for it; the others go on. */
    readonly operation: "claim" | "end" | "forget" | "reserve" | "free";
    /** The name concerned. */
    readonly name: string;
    /** What the store threw. */
    readonly cause: unknown;
  }
  | {
    /** The system would not let us listen on a port. */
    readonly type: "bind_failed";
    /** The port, in decimal digits. */
    readonly name: string;
    /** What the attempt threw, if it did. */
    readonly cause: unknown;
  };

/** What every registry needs. */
export interface RegistryDependencies {
  /** Where leases survive. Not closed by the registry. */
  readonly store: LeaseStore;
  /** Monotonic time. */
  readonly clock: Clock;
  /** Milliseconds since 1970, for what outlives the process. */
  readonly wallTime: () => number;
  /** Numbers to change. */
  readonly limits?: Partial<RegistryLimits>;
  /** Called with what an operator should know. */
  readonly onEvent?: (event: RegistryEvent) => void;
}

/** What a bare registry needs. */
export interface RegistryOptions extends RegistryDependencies {
  /** What the names are for; records of other kinds in the store are left alone. */
  readonly kind: LeaseKind;
  /** Who may take over a live lease. @default {"owner"} */
  readonly takeOver?: "owner" | "anyone";
  /**
   * Called when a live lease, or a claim that came to nothing, leaves a name
   * without a holder. More often than needed: it has to bear repetition.
   */
  readonly onVacant?: (name: string) => void;
}
