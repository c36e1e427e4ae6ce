/**
 * What a claim says, and what it gets. The rules are in `verdict.ts`.
 *
 * @module
 */

import type { OwnerId } from "./owner.ts";

/** Who is behind a claim: a person, or a program that lost its connection. */
export type Intent =
  /** A person started this: the newest claim of an owner wins. */
  | { readonly mode: "claim" }
  /** Automatic: only for the generation that this client held last. */
  | { readonly mode: "reclaim"; readonly generation: number };

/** The part of a claim that does not depend on what is claimed. */
export interface Claimant<Route> {
  /** Who claims. */
  readonly owner: OwnerId;
  /** The client's address group (`addressGroup()`), or `null` to count it nowhere. */
  readonly address: string | null;
  /** A person or a program. */
  readonly intent: Intent;
  /**
   * Chosen by the client and repeated until this claim is answered, also over a
   * new session: without it, a reclaim whose answer got lost would be refused
   * for its own sake. `null` takes that risk.
   */
  readonly nonce: string | null;
  /** How the tunnel is reached; the registry only hands it on. */
  readonly route: Route;
}

/** A claim as the {@linkcode Registry} takes it. */
export interface ClaimRequest<Route> extends Claimant<Route> {
  /** The name, already checked. */
  readonly name: string;
  /** Which tunnel of its owner it is for; kept with the record. */
  readonly tag?: string | null;
  /**
   * Called once the claim is sure to be allowed, before it is stored. `false`
   * refuses it. This is where a port is bound. Must not reject.
   */
  readonly prepare?: () => Promise<boolean>;
}

/** A name that is held. Disposing it means that its connection is gone. */
export interface Lease extends Disposable {
  /** The name, or the port in decimal digits. */
  readonly name: string;
  /** What a later reclaim must show. */
  readonly generation: number;
  /** False once a newer claim has the name, or the lease has ended. */
  readonly held: boolean;
  /**
   * The connection is gone: the name stays its owner's for the lease time. Does
   * nothing if a successor has the name.
   */
  goOffline(): void;
  /**
   * The owner gives the name up: anybody may have it at once. Does nothing if a
   * successor has the name. Resolves once that is stored.
   */
  release(): Promise<void>;
}

/** The holder that a claim has replaced. To drain it is the caller's business. */
export interface Displaced<Route> {
  /** How it is reached. */
  readonly route: Route;
  /** The generation it held. */
  readonly generation: number;
  /**
   * `claimed`: another client of the same owner has the name now; tell this one.
   * `orphan`: it is the new holder's own earlier connection; nobody is listening.
   */
  readonly reason: "claimed" | "orphan";
}

/** Why the {@linkcode Registry} refuses. */
export type Refusal =
  /**
   * Another owner has it; free in so many milliseconds, `null` while it is online, `Infinity` if
   * an operator has set it aside.
   */
  | { readonly code: "taken"; readonly freeInMs: number | null }
  /**
   * `superseded`: a newer claim has been granted since. `forgotten`: nobody has
   * used the name for so long that we cannot know; see the floor in `name_table.ts`.
   */
  | { readonly code: "displaced"; readonly reason: "superseded" | "forgotten" }
  | {
    readonly code: "too_many";
    readonly scope: "owner" | "address" | "server";
    readonly limit: number;
  }
  /** `prepare` said no. */
  | { readonly code: "unprepared" }
  /** It could not be stored, or we are shutting down. */
  | { readonly code: "unavailable" };

/** A claim that succeeded. */
export interface Granted<Route> {
  /** Which of the two it is. */
  readonly state: "granted";
  /** Bind it to the session's lifetime. */
  readonly lease: Lease;
  /** Who had the name until now, if anyone was online. */
  readonly displaced: Displaced<Route> | null;
}

/** The answer to a claim, in the registry's terms. */
export type ClaimResult<Route> = Granted<Route> | {
  readonly state: "refused";
  readonly refusal: Refusal;
};

/** What is known of a name, for the ingress. Times are `Clock.now()` times. */
export type Lookup<Route> =
  | { readonly state: "unknown" }
  | { readonly state: "offline"; readonly since: number; readonly until: number }
  | { readonly state: "online"; readonly route: Route };
