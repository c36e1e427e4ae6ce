/**
 * Whether a claim may have a name: a pure function of what is known. Caps,
 * storing and everything else that can fail come after it, in `registry.ts`.
 *
 * **Taken.** A live lease, online or offline, is nobody else's.
 *
 * **Generations.** Every grant raises the name's generation and stores it before it is answered. A
 * reclaim shows the generation its client held last: lower than the present one is `displaced`,
 * whether the present holder is online, paused, offline or long gone. Equal means that nobody came
 * in between, so a holder that is still there is the client's own dead connection. Higher than
 * anything we issued happens if the store was lost or set back; then the client is newer than our
 * knowledge, and it is granted. Of a name that was forgotten only the floor is known: see
 * `name_table.ts`.
 *
 * **Lost answers.** A claim carries a nonce until it is answered. A claim with the nonce of the
 * present grant *is* the present grant: same generation, the route replaced, nothing stored. This
 * is looked at before generations, because the client cannot know the one it was granted. It also
 * holds after the lease went offline, ended, or the server restarted: the nonce is in the record.
 * The nonce of an *earlier* grant of the name is `displaced` even as a claim: it was carried out
 * once, and somebody has claimed since.
 *
 * @module
 */

import type { Claimant, Lookup, Refusal } from "./claim.ts";
import { isNonce, type LeaseRecord } from "./lease_store.ts";
import { sameOwner } from "./owner.ts";

/** What is known of a name when a claim comes in. */
export interface Situation {
  /** The record, live or ended; `null` if there is none. */
  readonly record: LeaseRecord | null;
  /** The present holder, or the lack of one. */
  readonly view: Lookup<unknown>;
  /** The highest generation that was ever forgotten. */
  readonly floor: number;
  /** `Clock.now()`. */
  readonly now: number;
  /** Who may take over a live lease. */
  readonly takeOver: "owner" | "anyone";
}

/** The answer, as far as it does not depend on caps and storage. */
export type Verdict =
  | { readonly state: "refused"; readonly refusal: Refusal }
  | {
    readonly state: "allowed";
    /** `repeat`: the claim was granted before, and its answer got lost. */
    readonly as: "new" | "repeat";
    /** True if it continues a live lease of the same owner. */
    readonly renewal: boolean;
    /** True if a holder that is still there can only be the client's own lost one. */
    readonly ownOrphan: boolean;
  };

/** Judges one claim. The order of the questions matters: see the head of this file. */
export function judge(situation: Situation, claimant: Claimant<unknown>): Verdict {
  const { record, view, now } = situation;
  const { nonce, intent } = claimant;
  const mine = record !== null && sameOwner(record.owner, claimant.owner);
  const live = view.state !== "unknown";
  if (live && !mine && situation.takeOver === "owner") {
    return refuse({
      code: "taken",
      freeInMs: view.state === "offline" ? Math.max(0, view.until - now) : null,
    });
  }
  const renewal = live && mine;
  if (mine && isNonce(nonce) && record.nonces[0] === nonce) {
    return { state: "allowed", as: "repeat", renewal, ownOrphan: true };
  }
  if (isNonce(nonce) && record?.nonces.includes(nonce)) {
    return refuse({ code: "displaced", reason: "superseded" });
  }
  if (intent.mode === "claim") {
    return { state: "allowed", as: "new", renewal, ownOrphan: false };
  }
  // Asked this way round, a generation that is not a number is too low as well.
  if (record === null) {
    return intent.generation > situation.floor
      ? { state: "allowed", as: "new", renewal, ownOrphan: false }
      : refuse({ code: "displaced", reason: "forgotten" });
  }
  return intent.generation >= record.generation
    ? {
      state: "allowed",
      as: "new",
      renewal,
      ownOrphan: mine && intent.generation === record.generation,
    }
    : refuse({ code: "displaced", reason: "superseded" });
}

function refuse(refusal: Refusal): Verdict {
  return { state: "refused", refusal };
}
