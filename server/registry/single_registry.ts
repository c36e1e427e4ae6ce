/**
 * `--single`: one slot, no names. The newest claim has it, whoever makes it; a
 * client that reconnects by itself loses against a newer one, as with names.
 *
 * @module
 */

import type { Claimant, Lookup } from "./claim.ts";
import { explain, type Outcome } from "./client_refusal.ts";
import { Registry } from "./registry.ts";
import { DEFAULT_REGISTRY_LIMITS, type RegistryDependencies } from "./registry_options.ts";

/** The slot's name in the store; people never see it. */
const SINGLE_NAME = "single";

/** Who has the only slot. */
export class SingleRegistry<Route> implements AsyncDisposable {
  readonly #registry: Registry<Route>;

  private constructor(registry: Registry<Route>) {
    this.#registry = registry;
  }

  /** Makes the slot, with the generation that its store has. */
  static async open<Route>(options: RegistryDependencies): Promise<SingleRegistry<Route>> {
    return new SingleRegistry(
      await Registry.open<Route>({
        ...options,
        kind: "single",
        takeOver: "anyone",
        limits: {
          ...DEFAULT_REGISTRY_LIMITS,
          // There is one record: nothing to cap, and no reason ever to forget it.
          perOwner: Infinity,
          perAddress: Infinity,
          retentionMs: Infinity,
        },
      }),
    );
  }

  /** Asks for the slot. Never rejects. */
  async claim(claimant: Claimant<Route>): Promise<Outcome<Route>> {
    const result = await this.#registry.claim({ ...claimant, name: SINGLE_NAME });
    if (result.state === "granted") return result;
    return explain(result.refusal, { kind: "name", name: SINGLE_NAME });
  }

  /** Who has the slot. Whatever is not online is a 503 here; there is nothing to know. */
  lookup(): Lookup<Route> {
    return this.#registry.lookup(SINGLE_NAME);
  }

  /** Refuses all further claims and waits until everything is stored. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#registry[Symbol.asyncDispose]();
  }
}
