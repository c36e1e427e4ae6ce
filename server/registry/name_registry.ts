/**
 * Names of HTTP tunnels: the rules of `names.ts` in front of a registry.
 *
 * @module
 */

import type { Claimant, Lookup } from "./claim.ts";
import { explain, type Outcome, refuse } from "./client_refusal.ts";
import { checkChosenName, RESERVED_NAMES, stableName } from "./names.ts";
import type { LeaseRecord } from "./lease_store.ts";
import { type Listing, Registry } from "./registry.ts";
import type { RegistryDependencies } from "./registry_options.ts";
import type { OwnerId } from "./owner.ts";
import type { FreeResult, ReserveResult } from "./reservation.ts";

/** Which name a client asks for. */
export type NameWish =
  /** One that a person chose. */
  | { readonly kind: "chosen"; readonly name: string }
  /** Its own random one; `key` says what the tunnel is for. */
  | { readonly kind: "random"; readonly key: string };

/** A claim for a name. */
export interface NameClaim<Route> extends Claimant<Route> {
  /** Which name. Whether the token allows it is checked before, in `auth/`. */
  readonly wish: NameWish;
}

/** What a {@linkcode NameRegistry} needs. */
export interface NameRegistryOptions extends RegistryDependencies {
  /** Names nobody may choose, with reasons. @default {RESERVED_NAMES} */
  readonly reserved?: ReadonlyMap<string, string>;
}

/** Who holds which HTTP name. */
export class NameRegistry<Route> implements AsyncDisposable {
  readonly #registry: Registry<Route>;
  readonly #reserved: ReadonlyMap<string, string>;

  private constructor(registry: Registry<Route>, reserved: ReadonlyMap<string, string>) {
    this.#registry = registry;
    this.#reserved = reserved;
  }

  /** Makes a registry with what its store has. */
  static async open<Route>(options: NameRegistryOptions): Promise<NameRegistry<Route>> {
    const { reserved = RESERVED_NAMES, ...rest } = options;
    return new NameRegistry(await Registry.open<Route>({ ...rest, kind: "http" }), reserved);
  }

  /** Asks for a name. Never rejects. */
  async claim(claim: NameClaim<Route>): Promise<Outcome<Route>> {
    const { wish, ...claimant } = claim;
    if (wish.kind === "chosen") {
      const check = checkChosenName(wish.name, this.#reserved);
      if (check.state === "refused") return refuse("name_refused", check.fault, check.message);
    }
    const name = wish.kind === "chosen" ? wish.name : await stableName(claim.owner, wish.key);
    const result = await this.#registry.claim({ ...claimant, name });
    return result.state === "granted" ? result : explain(result.refusal, { kind: "name", name });
  }

  /** What is known of a name: any text will do. */
  lookup(name: string): Lookup<Route> {
    return this.#registry.lookup(name);
  }

  /** The record of a name, live or ended. */
  record(name: string): LeaseRecord | null {
    return this.#registry.record(name);
  }

  /** Sets a name aside that its owner could choose. Never rejects. */
  async reserve(name: string, owner: OwnerId): Promise<ReserveResult> {
    const check = checkChosenName(name, this.#reserved);
    if (check.state === "ok") return await this.#registry.reserve(name, owner);
    return { state: "refused", code: "unfit", message: check.message };
  }

  /** Ends a lease that is offline, reserved or not. Never rejects. */
  free(name: string): Promise<FreeResult> {
    return this.#registry.free(name);
  }

  /** Every name with a record, ended leases included. */
  list(): Generator<Listing<Route>, void, undefined> {
    return this.#registry.list();
  }

  /** Refuses all further claims and waits until everything is stored. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#registry[Symbol.asyncDispose]();
  }
}
