/**
 * Where leases survive a restart. The contract is small on purpose: a node of a
 * cluster would put a shared database behind it. `tests/conformance/registry.ts`
 * checks it on every implementation.
 *
 * - `load()` gives what was saved and not forgotten since.
 * - `save()` and `forget()` resolve once the change survives a crash. Changes
 *   take effect in the order of the calls, also when nobody awaits them.
 * - A rejected `save()` may or may not have taken effect; the registry copes.
 *
 * @module
 */

import { isOwnerId, type OwnerId } from "./owner.ts";

/** What a lease is for. Names of different kinds do not meet. */
export type LeaseKind = "http" | "tcp" | "single";

/** One name, as stored. */
export interface LeaseRecord {
  /** What it is for. */
  readonly kind: LeaseKind;
  /** The name; a port in decimal digits for `tcp`. */
  readonly name: string;
  /** Whose it is, or was. */
  readonly owner: OwnerId;
  /** Raised by every grant; never falls. */
  readonly generation: number;
  /** Nonces of the last grants, the present one first; `""` where there was none. */
  readonly nonces: readonly string[];
  /** Which tunnel of its owner it is for, if the kind has such a thing. */
  readonly tag: string | null;
  /** False once the lease has ended: anybody may claim, only the generation is kept. */
  readonly live: boolean;
  /** When it was last granted or ended, in milliseconds since 1970. */
  readonly usedAt: number;
  /** There if an operator has set the name aside: its lease does not run out. */
  readonly reserved?: true;
}

/** All that a store has. */
export interface StoredLeases {
  /** One record for each kind and name, in no particular order. */
  readonly records: readonly LeaseRecord[];
  /** The highest generation of any record that was ever forgotten; 0 at first. */
  readonly floor: number;
}

/** Keeps leases over a restart. */
export interface LeaseStore {
  /** Reads everything. */
  load(): Promise<StoredLeases>;
  /** Adds or replaces the record of one name. */
  save(record: LeaseRecord): Promise<void>;
  /** Removes the record of one name and raises the floor to at least `floor`. */
  forget(kind: LeaseKind, name: string, floor: number): Promise<void>;
}

/** Nonces kept with a lease: the present one, and three that it has superseded. */
export const MAX_NONCES = 4;

const NAME_PATTERN = /^[a-z0-9-]{1,63}$/;
const NONCE_PATTERN = /^[\x21-\x7e]{0,64}$/;
const TAG_PATTERN = /^[\x21-\x7e]{1,64}$/;

/** True when a nonce can be kept: 1 to 64 visible ASCII characters. */
export function isNonce(value: unknown): value is string {
  return typeof value === "string" && value !== "" && NONCE_PATTERN.test(value);
}

/** True when `value` is a record in every field; unknown fields are no fault. */
export function isLeaseRecord(value: unknown): value is LeaseRecord {
  if (typeof value !== "object" || value === null) return false;
  const record = value as Partial<Record<keyof LeaseRecord, unknown>>;
  return isLeaseKind(record.kind) &&
    isLeaseName(record.name) &&
    isOwnerId(record.owner) &&
    isGeneration(record.generation) &&
    Array.isArray(record.nonces) && record.nonces.length <= MAX_NONCES &&
    record.nonces.every((nonce) => typeof nonce === "string" && NONCE_PATTERN.test(nonce)) &&
    (record.tag === null || (typeof record.tag === "string" && TAG_PATTERN.test(record.tag))) &&
    typeof record.live === "boolean" &&
    typeof record.usedAt === "number" && Number.isFinite(record.usedAt) &&
    (record.reserved === undefined || record.reserved === true);
}

/** True for the kinds there are. */
export function isLeaseKind(value: unknown): value is LeaseKind {
  return value === "http" || value === "tcp" || value === "single";
}

/** True for anything that can be the name of a record. */
export function isLeaseName(value: unknown): value is string {
  return typeof value === "string" && NAME_PATTERN.test(value);
}

/** True for a generation that counts exactly. */
export function isGeneration(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
