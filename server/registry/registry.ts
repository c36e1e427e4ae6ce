/**
 * Who holds which name. One machine for names, ports and the single slot; what
 * may be claimed is decided before, in `name_registry.ts`, `port_registry.ts`
 * and `single_registry.ts`.
 *
 * ```text
 *            claim, reclaim               connection gone
 *  unknown ────────────────▶ online ────────────────────────▶ offline
 *     ▲                       │ ▲ ▲│                           │  │
 *     │       release         │ │ └┘ same owner: take-over     │  │
 *     ├───────────────────────┘ └──── same owner: renewal ─────┘  │
 *     └──────────────── lease time over, or release ──────────────┘
 * ```
 *
 * A lease is *live* while online or offline, and is then nobody else's: `taken`.
 * An unknown name may have a record all the same, of a lease that has ended;
 * only the generation in it counts.
 *
 * **Generations.** Every grant raises the name's generation and stores it before
 * it is answered. A reclaim shows the generation its client held last: lower
 * than the present one is `displaced`, whether the present holder is online,
 * paused, offline or long gone. Equal means that nobody came in between, so a
 * holder that is still there is the client's own dead connection. Higher than
 * anything we issued happens if the store was lost or set back; then the client
 * is newer than our knowledge, and it is granted.
 *
 * A generation is max(last + 1, floor + 1, milliseconds since 1970). The clock in
 * it makes a server that lost its state issue higher ones than it did before.
 *
 * **Forgetting.** Records of ended leases are dropped when old or too many. The
 * *floor* is the highest generation ever dropped. A reclaim for a name without
 * a record must show more than the floor: otherwise we may have forgotten a
 * newer claim, and an old laptop must not win only because it slept longest.
 * Refusing is the safe side, and a person's claim still gets the name.
 *
 * **Lost answers.** A claim carries a nonce until it is answered. A claim with
 * the nonce of the present grant *is* the present grant: same generation, the
 * route replaced, nothing stored. This is looked at before generations, because
 * the client cannot know the one it was granted. It also holds after the lease
 * went offline, ended, or the server restarted: the nonce is in the record. The
 * nonce of an *earlier* grant of the name is `displaced` even as a claim: it was
 * carried out once, and somebody has claimed since.
 *
 * **Order.** Claims for one name are decided one after the other, and nothing
 * else is ever waited for: not the old holder, not other names. The old holder
 * serves until the new one is stored, and is returned to the caller to drain.
 * Everything that ends a lease checks that it is still the one it was given for.
 *
 * **Restart.** All live leases come back offline with a full lease time: it was
 * the server that was away. So does one whose end could not be stored. Addresses
 * are not stored; a lease counts against one again once it is renewed.
 *
 * **Reserved.** An operator can set a name aside for an owner: a lease that goes offline instead
 * of ending, whether its time is over or its owner gives it up, until the operator frees it. See
 * `reservation.ts`.
 *
 * **Caps.** Live leases count by owner and by address. Renewing is never refused
 * for a cap. Several nodes: `claim()` is asynchronous and the store is small, so
 * that a shared one can decide; `lookup()` stays local and allocates nothing.
 *
 * @module
 */

import type { ClaimRequest, ClaimResult, Displaced, Lease, Lookup, Refusal } from "./claim.ts";
import { ExpiryQueue } from "./expiry_queue.ts";
import { Graveyard } from "./graveyard.ts";
import { HeldLease } from "./held_lease.ts";
import { isNonce, type LeaseRecord, MAX_NONCES } from "./lease_store.ts";
import type { OwnerId } from "./owner.ts";
import { type Charge, Quota } from "./quota.ts";
import {
  DEFAULT_REGISTRY_LIMITS,
  type RegistryEvent,
  type RegistryLimits,
  type RegistryOptions,
} from "./registry_options.ts";
import {
  endedRecord,
  type FreeResult,
  isOthers,
  reservedRecord,
  type ReserveResult,
} from "./reservation.ts";
import { judge } from "./verdict.ts";

/** A row of {@linkcode Registry.list}. */
export interface Listing<Route> {
  /** The stored side. */
  readonly record: LeaseRecord;
  /** The present side. */
  readonly lookup: Lookup<Route>;
}

interface Entry<Route> {
  readonly name: string;
  /** `null` until somebody is granted the name for the first time. */
  record: LeaseRecord | null;
  view: Lookup<Route>;
  /** The last grant of this process. */
  lease: Lease | null;
  charge: Charge | null;
  /** Claims that are not decided yet; while there are any, nobody is told of a vacancy. */
  pending: number;
  /** The end of the queue of what happens to this name. */
  tail: Promise<unknown>;
}

const UNKNOWN: Lookup<never> = { state: "unknown" };

/** Names and their holders. `Route` is whatever reaches a holder. */
export class Registry<Route> implements AsyncDisposable {
  readonly #options: RegistryOptions;
  readonly #limits: RegistryLimits;
  readonly #quota: Quota;
  readonly #graveyard: Graveyard;
  readonly #entries = new Map<string, Entry<Route>>();
  readonly #offline: ExpiryQueue<Entry<Route>>;
  readonly #writes = new Set<Promise<unknown>>();
  #floor: number;
  #closed = false;

  private constructor(options: RegistryOptions, floor: number) {
    this.#options = options;
    this.#limits = { ...DEFAULT_REGISTRY_LIMITS, ...options.limits };
    this.#quota = new Quota(this.#limits);
    this.#offline = new ExpiryQueue(options.clock, this.#limits.leaseMs, (entry) => {
      this.#end(entry);
    });
    this.#graveyard = new Graveyard({
      perOwner: this.#limits.endedPerOwner,
      retentionMs: this.#limits.retentionMs,
    });
    this.#floor = floor;
  }

  /** Makes a registry with what its store has. */
  static async open<Route>(options: RegistryOptions): Promise<Registry<Route>> {
    const { records, floor } = await options.store.load();
    const registry = new Registry<Route>(options, floor);
    registry.#restore(records.filter((record) => record.kind === options.kind));
    return registry;
  }

  /** Asks for a name. Never rejects; see the head of this file for the rules. */
  async claim(request: ClaimRequest<Route>): Promise<ClaimResult<Route>> {
    return await this.#attend(request.name, (entry) => this.#decide(entry, request));
  }

  /** Sets a name aside for `owner`. Whoever is online under it stays so. Never rejects. */
  async reserve(name: string, owner: OwnerId): Promise<ReserveResult> {
    return await this.#attend(name, (entry) => this.#reserve(entry, owner));
  }

  /** Ends a lease that is offline, reserved or not: anybody may have the name. Never rejects. */
  async free(name: string): Promise<FreeResult> {
    return await this.#attend(name, (entry) => this.#free(entry));
  }

  /** What is known of a name. Synchronous and free of allocation: once a request. */
  lookup(name: string): Lookup<Route> {
    const view = this.#entries.get(name)?.view ?? UNKNOWN;
    if (view.state === "offline" && this.#options.clock.now() >= view.until) return UNKNOWN;
    return view;
  }

  /** The record of a name, live or ended. */
  record(name: string): LeaseRecord | null {
    return this.#entries.get(name)?.record ?? null;
  }

  /** Every name with a record, ended leases included. */
  *list(): Generator<Listing<Route>, void, undefined> {
    for (const { name, record } of this.#entries.values()) {
      if (record !== null) yield { record, lookup: this.lookup(name) };
    }
  }

  /** Refuses all further claims and waits until everything is stored. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#offline[Symbol.dispose]();
    await Promise.all([...this.#entries.values()].map((entry) => entry.tail));
    await Promise.all(this.#writes);
  }

  async #decide(entry: Entry<Route>, request: ClaimRequest<Route>): Promise<ClaimResult<Route>> {
    if (this.#closed) return refused({ code: "unavailable" });
    this.#offline.sweep();
    const verdict = judge({
      record: entry.record,
      view: entry.view,
      floor: this.#floor,
      now: this.#options.clock.now(),
      takeOver: this.#options.takeOver ?? "owner",
    }, request);
    if (verdict.state === "refused") return verdict;
    const result = verdict.renewal ? null : this.#quota.take(request.owner, request.address);
    if (result?.state === "over") {
      return refused({ code: "too_many", scope: result.scope, limit: result.limit });
    }
    try {
      if (!this.#hasRoom(entry)) {
        return refused({ code: "too_many", scope: "server", limit: this.#limits.records });
      }
      const record = this.#successor(entry, request, verdict.as);
      const problem = await this.#persist(entry.record, record, request);
      if (problem !== null) return refused(problem);
      const displaced = this.#replaced(entry, verdict.ownOrphan ? "orphan" : "claimed");
      return { state: "granted", lease: this.#install(entry, record, request), displaced };
    } finally {
      result?.charge[Symbol.dispose]();
    }
  }

  async #reserve(entry: Entry<Route>, owner: OwnerId): Promise<ReserveResult> {
    if (this.#closed) return { state: "refused", code: "unavailable" };
    this.#offline.sweep();
    if (isOthers(entry, owner)) return { state: "refused", code: "taken" };
    if (entry.record?.reserved) return { state: "reserved", isNew: false, record: entry.record };
    if (!this.#hasRoom(entry)) return { state: "refused", code: "full" };
    const { kind, wallTime } = this.#options;
    const { name, record: before } = entry;
    const record = reservedRecord(before, { kind, name, owner, floor: this.#floor }, wallTime());
    if (!await this.#saved("reserve", record)) return { state: "refused", code: "unavailable" };
    this.#graveyard.delete(name);
    entry.record = record;
    if (entry.view.state !== "online") this.#wait(entry);
    return { state: "reserved", isNew: true, record };
  }

  async #free(entry: Entry<Route>): Promise<FreeResult> {
    if (this.#closed) return { state: "refused", code: "unavailable" };
    this.#offline.sweep();
    const { record, view } = entry;
    if (record === null || view.state === "unknown") return { state: "refused", code: "unknown" };
    if (view.state === "online") return { state: "refused", code: "online" };
    const ended = endedRecord(record, this.#options.wallTime());
    if (!await this.#saved("free", ended)) return { state: "refused", code: "unavailable" };
    this.#leave(entry);
    this.#bury(entry, ended);
    return { state: "freed", record: ended };
  }

  async #saved(operation: "reserve" | "free", record: LeaseRecord): Promise<boolean> {
    try {
      await this.#options.store.save(record);
      return true;
    } catch (cause) {
      this.#report(operation, record.name, cause);
      return false;
    }
  }

  #successor(
    entry: Entry<Route>,
    request: ClaimRequest<Route>,
    as: "new" | "repeat",
  ): LeaseRecord {
    const before = entry.record;
    const nonce = isNonce(request.nonce) ? request.nonce : "";
    const usedAt = this.#options.wallTime();
    const last = Math.max(before?.generation ?? 0, this.#floor);
    const repeat = before !== null && as === "repeat";
    return {
      kind: this.#options.kind,
      name: entry.name,
      owner: request.owner,
      generation: repeat ? before.generation : Math.max(last + 1, Math.floor(usedAt)),
      nonces: repeat ? before.nonces : [nonce, ...before?.nonces ?? []].slice(0, MAX_NONCES),
      tag: request.tag ?? null,
      live: true,
      usedAt,
      ...(before?.reserved ? { reserved: true } : {}),
    };
  }

  /** Makes room for a new record if it must, at the cost of the oldest ended lease. */
  #hasRoom(entry: Entry<Route>): boolean {
    if (entry.record !== null || this.#entries.size <= this.#limits.records) return true;
    for (const name of this.#graveyard.oldestFirst()) {
      if (this.#forget(name)) return true;
    }
    return false;
  }

  async #persist(
    before: LeaseRecord | null,
    record: LeaseRecord,
    request: ClaimRequest<Route>,
  ): Promise<Refusal | null> {
    try {
      if (request.prepare !== undefined && !await request.prepare()) return { code: "unprepared" };
      const stored = before?.live === true && before.generation === record.generation &&
        before.tag === record.tag;
      if (!stored) await this.#options.store.save(record);
      return null;
    } catch (cause) {
      this.#report("claim", record.name, cause);
      return { code: "unavailable" };
    }
  }

  #replaced(entry: Entry<Route>, reason: "claimed" | "orphan"): Displaced<Route> | null {
    const { view, record } = entry;
    if (view.state !== "online" || record === null) return null;
    return { route: view.route, generation: record.generation, reason };
  }

  #install(entry: Entry<Route>, record: LeaseRecord, request: ClaimRequest<Route>): Lease {
    this.#offline.delete(entry);
    this.#graveyard.delete(entry.name);
    entry.record = record;
    entry.charge?.[Symbol.dispose]();
    entry.charge = this.#quota.force(request.owner, request.address);
    entry.view = { state: "online", route: request.route };
    const lease: Lease = new HeldLease(entry.name, record.generation, {
      held: () => entry.lease === lease && entry.view.state === "online",
      goOffline: () => this.#goOffline(entry, lease),
      release: () => this.#release(entry, lease),
    });
    entry.lease = lease;
    return lease;
  }

  #goOffline(entry: Entry<Route>, lease: Lease): void {
    if (entry.lease !== lease || entry.view.state !== "online") return;
    this.#wait(entry);
  }

  #wait(entry: Entry<Route>): void {
    const since = this.#options.clock.now();
    if (entry.record?.reserved) {
      this.#offline.delete(entry);
      entry.charge?.[Symbol.dispose]();
      // No address: it would count against one for ever.
      entry.charge = this.#quota.force(entry.record.owner, null);
      entry.view = { state: "offline", since, until: Infinity };
      return;
    }
    entry.view = { state: "offline", since, until: this.#offline.add(entry) };
  }

  async #release(entry: Entry<Route>, lease: Lease): Promise<void> {
    if (entry.lease !== lease || entry.view === UNKNOWN) return;
    if (entry.record?.reserved) this.#wait(entry);
    else await this.#end(entry);
  }

  #end(entry: Entry<Route>): Promise<void> {
    this.#leave(entry);
    const stored = this.#inTurn(entry, () => this.#storeEnd(entry));
    this.#settle(entry);
    return stored;
  }

  /** From now on nobody has the name. */
  #leave(entry: Entry<Route>): void {
    this.#offline.delete(entry);
    entry.view = UNKNOWN;
    // Whoever had it cannot end a later one.
    entry.lease = null;
    entry.charge?.[Symbol.dispose]();
    entry.charge = null;
  }

  #bury(entry: Entry<Route>, ended: LeaseRecord): void {
    entry.record = ended;
    this.#graveyard.add(ended);
    this.#tidy(ended.owner);
  }

  /** Looks again, because a claim may have been decided since. */
  async #storeEnd(entry: Entry<Route>): Promise<void> {
    const { record, name } = entry;
    if (entry.view !== UNKNOWN || record?.live !== true) return;
    const ended = endedRecord(record, this.#options.wallTime());
    this.#bury(entry, ended);
    if (this.#entries.get(name) !== entry) return;
    try {
      await this.#options.store.save(ended);
    } catch (cause) {
      this.#report("end", name, cause);
    }
  }

  #settle(entry: Entry<Route>): void {
    if (entry.pending > 0 || entry.view !== UNKNOWN) return;
    if (entry.record === null) this.#entries.delete(entry.name);
    this.#options.onVacant?.(entry.name);
  }

  #tidy(owner: string | null): void {
    const surplus = this.#graveyard.surplus(this.#options.wallTime(), owner);
    for (const name of [...surplus]) this.#forget(name);
  }

  /** False if somebody is claiming the name right now. */
  #forget(name: string): boolean {
    const entry = this.#entries.get(name);
    if (!entry?.record || entry.pending > 0) return false;
    this.#entries.delete(name);
    this.#graveyard.delete(name);
    this.#floor = Math.max(this.#floor, entry.record.generation);
    const written = this.#options.store.forget(this.#options.kind, name, this.#floor)
      .catch((cause) => this.#report("forget", name, cause))
      .finally(() => this.#writes.delete(written));
    this.#writes.add(written);
    return true;
  }

  #entry(name: string): Entry<Route> {
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      entry = {
        name,
        record: null,
        view: UNKNOWN,
        lease: null,
        charge: null,
        pending: 0,
        tail: Promise.resolve(),
      };
      this.#entries.set(name, entry);
    }
    return entry;
  }

  #report(operation: StoreOperation, name: string, cause: unknown): void {
    this.#options.onEvent?.({ type: "store_failed", operation, name, cause });
  }

  /** Does something with a name once all that came before it is done; the name is not forgotten. */
  async #attend<Result>(
    name: string,
    action: (entry: Entry<Route>) => Promise<Result>,
  ): Promise<Result> {
    const entry = this.#entry(name);
    entry.pending++;
    try {
      return await this.#inTurn(entry, () => action(entry));
    } finally {
      entry.pending--;
      this.#settle(entry);
    }
  }

  #inTurn<Result>(entry: Entry<Route>, action: () => Promise<Result>): Promise<Result> {
    const result = entry.tail.then(action);
    entry.tail = result.then(() => {}, () => {});
    return result;
  }

  #restore(records: LeaseRecord[]): void {
    for (const record of records.sort((a, b) => a.usedAt - b.usedAt)) {
      const entry = this.#entry(record.name);
      entry.record = record;
      if (record.live) {
        entry.charge = this.#quota.force(record.owner, null);
        this.#wait(entry);
      } else this.#graveyard.add(record);
    }
    this.#tidy(null);
  }
}

type StoreOperation = (RegistryEvent & { type: "store_failed" })["operation"];

function refused(refusal: Refusal): { state: "refused"; refusal: Refusal } {
  return { state: "refused", refusal };
}
