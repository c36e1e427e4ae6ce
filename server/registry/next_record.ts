/**
 * What is stored of a name next: after a claim, when it is set aside, when its lease has ended.
 *
 * **Generations.** Every grant raises the name's generation, to max(last + 1, floor + 1,
 * milliseconds since 1970). The clock in it makes a server that lost its state issue higher ones
 * than it did before. A reservation raises none: see `reservation.ts`.
 *
 * @module
 */

import type { ClaimRequest } from "./claim.ts";
import { isNonce, type LeaseKind, type LeaseRecord, MAX_NONCES } from "./lease_store.ts";
import { type OwnerId, sameOwner } from "./owner.ts";

/** What does not depend on who asks. */
export interface RecordContext {
  /** What the names are for. */
  readonly kind: LeaseKind;
  /** The highest generation that was ever forgotten. */
  readonly floor: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The record of a claim that is granted; `repeat` if it was before, and its answer got lost. */
export function grantedRecord(
  before: LeaseRecord | null,
  { name, owner, nonce, tag = null }: ClaimRequest<unknown>,
  as: "new" | "repeat",
  { kind, floor, now }: RecordContext,
): LeaseRecord {
  const repeat = before !== null && as === "repeat";
  const last = Math.max(before?.generation ?? 0, floor);
  return {
    kind,
    name,
    owner,
    generation: repeat ? before.generation : Math.max(last + 1, Math.floor(now)),
    nonces: repeat ? before.nonces : noncesAfter(before, isNonce(nonce) ? nonce : ""),
    tag,
    live: true,
    usedAt: now,
    ...(before?.reserved ? { reserved: true } : {}),
  };
}

/** The record that sets a name aside. */
export function reservedRecord(
  before: LeaseRecord | null,
  name: string,
  owner: OwnerId,
  { kind, floor, now }: RecordContext,
): LeaseRecord {
  const reserved = { live: true, usedAt: now, reserved: true } as const;
  if (before !== null && sameOwner(before.owner, owner)) return { ...before, ...reserved };
  return {
    kind,
    name,
    owner,
    generation: Math.max(before?.generation ?? 0, floor),
    nonces: noncesAfter(before, ""),
    tag: null,
    ...reserved,
  };
}

/** The record of a lease that is over. */
export function endedRecord(record: LeaseRecord, now: number): LeaseRecord {
  const { reserved: _, ...rest } = record;
  return { ...rest, live: false, usedAt: now };
}

function noncesAfter(before: LeaseRecord | null, nonce: string): readonly string[] {
  return [nonce, ...before?.nonces ?? []].slice(0, MAX_NONCES);
}
