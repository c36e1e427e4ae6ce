/**
 * Many owners, one registry, and whatever can go wrong, in an order that a seed
 * decides. A small model beside it knows who may hold what.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { ANN, BOB, CYD, TestClock, TestStore } from "../../tests/support/lease_fixture.ts";
import { SeededRandom } from "../../tests/support/seeded_random.ts";
import type { ClaimRequest, ClaimResult, Lease } from "./claim.ts";
import type { OwnerId } from "./owner.ts";
import { Registry } from "./registry.ts";

const SEEDS = 200;
const STEPS = 400;
const LEASE_MS = 1000;
const PER_OWNER = 3;
const PER_ADDRESS = 5;
const OWNERS = [ANN, BOB, CYD];
const NAMES = ["a", "b", "c", "d", "e", "f"];

/** The highest grant of a name, and whether anybody but its owner may have it. */
interface Expected {
  owner: OwnerId;
  generation: number;
  nonce: string;
  /** Nonces of the three grants before: as many as a record keeps. */
  superseded: string[];
  route: string;
  state: "online" | "offline" | "ended";
  until: number;
  /** Set aside by an operator: it does not end, whatever happens to its tunnel. */
  reserved: boolean;
  /** False if the store failed when the lease ended: a restart may bring it back. */
  endStored: boolean;
}

class Model {
  readonly clock = new TestClock();
  readonly store = new TestStore();
  readonly names = new Map<string, Expected>();
  readonly leases: { lease: Lease; name: string; route: string }[] = [];
  readonly gone = new Set<string>();
  readonly held = new Map<string, number[]>();
  readonly random: SeededRandom;
  readonly #limits: { records: number };
  registry!: Registry<string>;
  #count = 0;

  constructor(seed: number, records: number) {
    this.random = new SeededRandom(seed);
    this.#limits = { records };
  }

  async open(): Promise<void> {
    const { store, clock } = this;
    const limits = {
      leaseMs: LEASE_MS,
      perOwner: PER_OWNER,
      perAddress: PER_ADDRESS,
      endedPerOwner: 2,
      retentionMs: 50 * LEASE_MS,
      ...this.#limits,
    };
    this.registry = await Registry.open<string>({
      kind: "http",
      store,
      clock,
      wallTime: clock.wallTime,
      limits,
    });
  }

  pick<Item>(items: readonly Item[]): Item | undefined {
    return items[this.random.below(items.length)];
  }

  async restart(): Promise<void> {
    await this.registry[Symbol.asyncDispose]();
    await this.open();
    this.leases.length = 0;
    for (const [name, expected] of this.names) {
      const back = !expected.endStored && this.registry.lookup(name).state === "offline";
      if (expected.state === "ended" && !back) continue;
      this.#goOffline(expected);
    }
  }

  #goOffline(expected: Expected): void {
    expected.state = "offline";
    expected.until = expected.reserved ? Infinity : this.clock.now() + LEASE_MS;
  }

  async advance(ms: number): Promise<void> {
    this.clock.advance(ms);
    for (const expected of this.names.values()) {
      if (expected.state === "offline" && expected.until <= this.clock.now()) {
        expected.state = "ended";
        expected.endStored = this.store.failure === null;
      }
    }
    // What has ended is stored in the background, while the store is as it is now.
    for (let i = 0; i < 20; i++) await Promise.resolve();
  }

  #live(owner: OwnerId): number {
    const all = [...this.names.values()];
    return all.filter((one) => one.owner === owner && one.state !== "ended").length;
  }

  /** A route that was never used before. */
  route(): string {
    return `r${++this.#count}`;
  }

  request(): ClaimRequest<string> {
    const owner = this.pick(OWNERS)!;
    const name = this.pick(NAMES)!;
    const generations = this.held.get(`${owner} ${name}`) ?? [];
    // Mostly the last that this owner held, sometimes one from long ago.
    const generation = this.random.fraction() < 0.6
      ? generations.at(-1)
      : this.pick([...generations, 1]);
    const person = generation === undefined || this.random.fraction() < 0.4;
    return {
      name,
      owner,
      address: this.pick(["192.0.2.1", "192.0.2.2"]) ?? null,
      intent: person ? { mode: "claim" } : { mode: "reclaim", generation },
      nonce: this.random.fraction() < 0.7 ? `n${this.#count}` : null,
      route: this.route(),
    };
  }

  check(request: ClaimRequest<string>, result: ClaimResult<string>, forgotten: boolean): void {
    const { name, owner, intent, nonce, route } = request;
    const before = this.names.get(name);
    const mine = before?.owner === owner;
    const free = before === undefined || before.state === "ended" || mine;
    // A forgotten record takes its nonces along, but never what protects a newer claim.
    const repeated = !forgotten && mine && nonce !== null && nonce === before.nonce;
    const known = forgotten ? [] : before?.superseded ?? [];
    const late = !repeated && nonce !== null && known.includes(nonce);
    if (result.state === "refused") {
      const { code } = result.refusal;
      if (code === "taken") assert(!free, "its own or a free name is taken");
      if (code === "displaced") assert(intent.mode === "reclaim" || late, "a person is displaced");
      if (code === "unavailable") assert(this.store.failure !== null);
      return;
    }
    const { lease, displaced } = result;
    assert(free, "granted although it is another owner's");
    if (intent.mode === "reclaim" && before !== undefined && !repeated) {
      assert(intent.generation >= before.generation, "an old generation won");
    }
    assert(!late, "a superseded nonce won");
    if (repeated) assertEquals(lease.generation, before.generation);
    else assert(lease.generation > (before?.generation ?? 0), "the generation did not rise");
    if (!mine || before.state === "ended") assert(this.#live(owner) < PER_OWNER, "over the cap");
    assertEquals(displaced?.route ?? null, before?.state === "online" ? before.route : null);
    if (before !== undefined) this.gone.add(before.route);
    const { generation } = lease;
    this.names.set(name, {
      owner,
      generation,
      nonce: nonce ?? "",
      superseded: repeated || forgotten ? known : [before?.nonce ?? "", ...known].slice(0, 3),
      route,
      state: "online",
      until: 0,
      reserved: before?.reserved ?? false,
      endStored: true,
    });
    this.leases.push({ lease, name, route });
  }

  /** An operator sets a name aside, whoever has it. */
  async reserve(): Promise<void> {
    const name = this.pick(NAMES)!;
    const owner = this.pick(OWNERS)!;
    const before = this.names.get(name);
    const isForgotten = this.registry.record(name) === null;
    const mine = before?.owner === owner;
    const result = await this.registry.reserve(name, owner);
    if (result.state === "refused") {
      const isOthers = before !== undefined && before.state !== "ended" && !mine;
      assertEquals(result.code === "taken", isOthers);
      if (result.code === "unavailable") assert(this.store.failure !== null);
      return;
    }
    if (mine && before.state !== "ended") {
      before.reserved = true;
      if (before.state === "offline") before.until = Infinity;
      return;
    }
    assert(before === undefined || before.state === "ended", "taken from another owner");
    const { generation } = result.record;
    assert(generation >= (before?.generation ?? 0), "the generation fell");
    const known = before === undefined || isForgotten ? [] : [before.nonce, ...before.superseded];
    const [nonce = "", ...superseded] = mine ? known : ["", ...known].slice(0, 4);
    this.names.set(name, {
      ...{ owner, generation, nonce, superseded, route: this.route() },
      ...{ state: "offline", until: Infinity, reserved: true, endStored: true },
    });
  }

  /** An operator frees a name, whoever has it. */
  async free(): Promise<void> {
    const name = this.pick(NAMES)!;
    const before = this.names.get(name);
    const result = await this.registry.free(name);
    if (result.state === "refused") {
      if (result.code === "unavailable") assert(this.store.failure !== null);
      assertEquals(result.code === "online", before?.state === "online");
      if (result.code === "unknown") assert(before === undefined || before.state === "ended");
      return;
    }
    assert(before?.state === "offline", "freed although it was not offline");
    Object.assign(before, { state: "ended", reserved: false, endStored: true });
  }

  /** The connection of some lease, present or long replaced, is found dead or ends. */
  async end(): Promise<void> {
    const picked = this.pick(this.leases);
    if (picked === undefined) return;
    const { lease, name, route } = picked;
    const expected = this.names.get(name)!;
    const current = expected.route === route;
    if (this.random.fraction() < 0.6) {
      lease.goOffline();
      if (!current || expected.state !== "online") return;
      this.#goOffline(expected);
    } else {
      await lease.release();
      if (!current || expected.state === "ended") return;
      if (expected.reserved) return this.#goOffline(expected);
      expected.state = "ended";
      expected.endStored = this.store.failure === null;
    }
  }

  verify(): void {
    for (const name of NAMES) {
      const expected = this.names.get(name);
      const lookup = this.registry.lookup(name);
      const state = expected === undefined || expected.state === "ended"
        ? "unknown"
        : expected.state;
      assertEquals(lookup.state, state, name);
      if (lookup.state === "online") {
        assertEquals(lookup.route, expected?.route);
        assert(!this.gone.has(lookup.route), "a displaced route is back");
      }
    }
  }
}

for (const records of [100, 4]) {
  Deno.test(`Registry with room for ${records} records agrees with a model of it`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const model = new Model(seed, records);
      await model.open();
      try {
        await run(model);
      } catch (cause) {
        throw new Error(`Seed ${seed} fails`, { cause });
      } finally {
        await model.registry[Symbol.asyncDispose]();
      }
    }
  });
}

async function run(model: Model): Promise<void> {
  const recent: ClaimRequest<string>[] = [];
  for (let step = 0; step < STEPS; step++) {
    const dice = model.random.fraction();
    if (dice < 0.02) await model.reserve();
    else if (dice < 0.05) await model.free();
    else if (dice < 0.5) {
      // A client whose answer got lost says the same again, perhaps after others spoke.
      const lost = model.pick(recent.filter(({ nonce }) => nonce !== null));
      const request = lost !== undefined && model.random.fraction() < 0.2
        ? { ...lost, route: model.route() }
        : model.request();
      const forgotten = model.registry.record(request.name) === null;
      const result = await model.registry.claim(request);
      model.check(request, result, forgotten);
      // The client learns the generation unless the answer is lost.
      if (result.state === "granted" && model.random.fraction() < 0.8) {
        const key = `${request.owner} ${request.name}`;
        model.held.set(key, [...model.held.get(key) ?? [], result.lease.generation]);
      }
      recent.push(request);
      if (recent.length > 3) recent.shift();
    } else if (dice < 0.75) await model.end();
    else if (dice < 0.9) await model.advance(Math.floor(model.random.fraction() * LEASE_MS * 1.5));
    else if (dice < 0.92) await model.advance(60 * LEASE_MS);
    else if (dice < 0.95) {
      model.store.failure = null;
      await model.restart();
    } else if (dice < 0.97) model.store.failure = new Error("disk full");
    else model.store.failure = null;
    model.verify();
  }
}
