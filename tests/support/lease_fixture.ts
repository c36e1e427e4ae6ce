/**
 * A clock, a store that can fail, a registry, owners and claims, for the tests of the registry.
 *
 * @module
 */

import { assert } from "@std/assert";
import type { Clock, Timer } from "@tun/protocol";
import type { Claimant, ClaimResult, Granted, Refusal } from "../../server/registry/claim.ts";
import type {
  LeaseKind,
  LeaseRecord,
  LeaseStore,
  StoredLeases,
} from "../../server/registry/lease_store.ts";
import { MemoryLeaseStore } from "../../server/registry/memory_store.ts";
import { type OwnerId, subjectOwner } from "../../server/registry/owner.ts";
import { Registry } from "../../server/registry/registry.ts";
import type { RegistryOptions } from "../../server/registry/registry_options.ts";

/** Time that stands still until a test moves it. */
export class TestClock implements Clock {
  #now = 0;
  readonly #timers = new Set<{ at: number; callback: () => void }>();

  now(): number {
    return this.#now;
  }

  /** Milliseconds since 1970, as a registry's `wallTime`. */
  readonly wallTime: () => number = () => 1_767_225_600_000 + this.#now;

  schedule(ms: number, callback: () => void): Timer {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    const cancel = () => void this.#timers.delete(timer);
    return { cancel, [Symbol.dispose]: cancel };
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves time on and calls back on the way, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    while (true) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = end;
  }
}

/** A store in memory whose writes can be made to fail, or to wait. */
export class TestStore implements LeaseStore {
  readonly #inner = new MemoryLeaseStore();
  /** Every record that was saved, in order. */
  readonly saved: LeaseRecord[] = [];
  /** While set, writes are rejected with it. */
  failure: Error | null = null;
  #gate: { reach: () => void; opened: Promise<void> } | null = null;

  load(): Promise<StoredLeases> {
    return this.#inner.load();
  }

  /** Makes writes wait. `reached` resolves when one does. */
  block(): { reached: Promise<void>; unblock: () => void } {
    const reached = Promise.withResolvers<void>();
    const opened = Promise.withResolvers<void>();
    this.#gate = { reach: reached.resolve, opened: opened.promise };
    return { reached: reached.promise, unblock: opened.resolve };
  }

  async save(record: LeaseRecord): Promise<void> {
    await this.#pass();
    this.saved.push(record);
    await this.#inner.save(record);
  }

  async forget(kind: LeaseKind, name: string, floor: number): Promise<void> {
    await this.#pass();
    await this.#inner.forget(kind, name, floor);
  }

  async #pass(): Promise<void> {
    this.#gate?.reach();
    await this.#gate?.opened;
    if (this.failure !== null) throw this.failure;
  }
}

/** Two owners and a third. */
export const ANN: OwnerId = await subjectOwner("https://issuer.example", "ann");
export const BOB: OwnerId = await subjectOwner("https://issuer.example", "bob");
export const CYD: OwnerId = await subjectOwner("https://issuer.example", "cyd");

/** A person's claim by `owner`; the route is a word. */
export function by(owner: OwnerId, route: string): Claimant<string> {
  return { owner, address: null, intent: { mode: "claim" }, nonce: null, route };
}

/** An automatic claim by `owner`, who held `generation`. */
export function again(owner: OwnerId, route: string, generation: number): Claimant<string> {
  return { ...by(owner, route), intent: { mode: "reclaim", generation } };
}

/** A registry, with the clock and the store that it has. */
export interface RegistryWorld {
  readonly clock: TestClock;
  readonly store: TestStore;
  readonly registry: Registry<string>;
  /** Another registry over the same store, as after a restart. */
  readonly open: () => Promise<Registry<string>>;
}

/** Opens a registry of HTTP names over an empty store. */
export async function openRegistry(
  options: Partial<RegistryOptions> = {},
): Promise<RegistryWorld> {
  const clock = new TestClock();
  const store = new TestStore();
  const open = () =>
    Registry.open<string>({ kind: "http", store, clock, wallTime: clock.wallTime, ...options });
  return { clock, store, open, registry: await open() };
}

/** What a claim has got. */
export function granted(result: ClaimResult<string>): Granted<string> {
  assert(result.state === "granted", `refused: ${JSON.stringify(result)}`);
  return result;
}

/** Why a claim got nothing. */
export function refusal(result: ClaimResult<string>): Refusal {
  assert(result.state === "refused", "granted");
  return result.refusal;
}
