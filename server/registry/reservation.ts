/**
 * What an operator does with a name: sets it aside for an owner, or frees it.
 *
 * To reserve a name changes nothing for its owner but that nobody else can have it. So it raises no
 * generation: a client that reconnects is not displaced by it, nor is one that held the name when
 * it was last used. Whoever else had it before has lost it, as if the owner had claimed it.
 *
 * @module
 */

import type { LeaseRecord } from "./lease_store.ts";

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
