/**
 * What an operator does with a name: sets it aside for an owner, or frees it.
 *
 * To reserve a name changes nothing for its owner but that nobody else can have it. So it raises no
 * generation: a client that reconnects is not displaced by it, nor is one that held the name when
 * it was last used. Whoever else had it before has lost it, as if the owner had claimed it.
 *
 * @module
 */

import type { Lookup } from "./claim.ts";
import { type LeaseKind, type LeaseRecord, MAX_NONCES } from "./lease_store.ts";
import { type OwnerId, sameOwner } from "./owner.ts";

/** What became of a reservation. */
export type ReserveResult =
  | {
    readonly state: "reserved";
    /** False if it was so before. */
    readonly isNew: boolean;
    /** As it is stored. */
    readonly record: LeaseRecord;
  }
  /** Somebody else's; too many names; cannot be stored. */
  | { readonly state: "refused"; readonly code: "taken" | "full" | "unavailable" }
  /** No client could ask for it either. */
  | { readonly state: "refused"; readonly code: "unfit"; readonly message: string };

/** What became of freeing a name. */
export type FreeResult =
  | { readonly state: "freed"; readonly record: LeaseRecord }
  /** Nobody has it; a tunnel is up; cannot be stored. */
  | { readonly state: "refused"; readonly code: "unknown" | "online" | "unavailable" };

/** Whether a name is live, and somebody's other than `owner`. */
export function isOthers(
  { record, view }: { readonly record: LeaseRecord | null; readonly view: Lookup<unknown> },
  owner: OwnerId,
): boolean {
  return record !== null && view.state !== "unknown" && !sameOwner(record.owner, owner);
}

/** The record that sets a name aside. */
export function reservedRecord(
  before: LeaseRecord | null,
  { kind, name, owner, floor }: {
    readonly kind: LeaseKind;
    readonly name: string;
    readonly owner: OwnerId;
    /** The highest generation that was ever forgotten. */
    readonly floor: number;
  },
  usedAt: number,
): LeaseRecord {
  const reserved = { live: true, usedAt, reserved: true } as const;
  if (before !== null && sameOwner(before.owner, owner)) return { ...before, ...reserved };
  return {
    kind,
    name,
    owner,
    generation: Math.max(before?.generation ?? 0, floor),
    nonces: ["", ...before?.nonces ?? []].slice(0, MAX_NONCES),
    tag: null,
    ...reserved,
  };
}

/** The record of a lease that is over. */
export function endedRecord(record: LeaseRecord, usedAt: number): LeaseRecord {
  const { reserved: _, ...rest } = record;
  return { ...rest, live: false, usedAt };
}
