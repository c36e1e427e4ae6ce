/**
 * Who holds which name. One machine for names, ports and the single slot; what may be claimed is
 * decided before, in `name_registry.ts`, `port_registry.ts` and `single_registry.ts`.
 *
 * A claim goes this way: `verdict.ts` says whether it may have the name, the quota and the table
 * whether there is room for it; then it is prepared and stored, and only then `holders.ts` gives
 * the name to it.
 *
 * **Order.** Claims for one name are decided one after the other, and nothing else is ever waited
 * for: not the old holder, not other names. The old holder serves until the new one is stored, and
 * is returned to the caller to drain.
 *
 * **Restart.** All live leases come back offline with a full lease time: it was the server that was
 * away. So does one whose end could not be stored.
 *
 * **Caps.** Live leases count by owner and by address. Renewing is never refused for a cap. Several
 * nodes: `claim()` is asynchronous and the store is small, so that a shared one can decide;
 * `lookup()` stays local and allocates nothing.
 *
 * @module
 */

import type { ClaimRequest, ClaimResult, Displaced, Lookup, Refusal } from "./claim.ts";
import { Holders } from "./holders.ts";
import type { LeaseRecord } from "./lease_store.ts";
import { type NameEntry, UNKNOWN } from "./name_entry.ts";
import { NameTable } from "./name_table.ts";
import { endedRecord, grantedRecord, type RecordContext, reservedRecord } from "./next_record.ts";
import type { OwnerId } from "./owner.ts";
import {
  DEFAULT_REGISTRY_LIMITS,
  type RegistryLimits,
  type RegistryOptions,
} from "./registry_options.ts";
import { ReportedStore } from "./reported_store.ts";
import type { FreeResult, ReserveResult } from "./reservation.ts";
import { judge } from "./verdict.ts";

/** A row of {@linkcode Registry.list}. */
export interface Listing<Route> {
  /** The stored side. */
  readonly record: LeaseRecord;
  /** The present side. */
  readonly lookup: Lookup<Route>;
}

/** Names and their holders. `Route` is whatever reaches a holder. */
export class Registry<Route> implements AsyncDisposable {
  readonly #options: RegistryOptions;
  readonly #limits: RegistryLimits;
  readonly #store: ReportedStore;
  readonly #names: NameTable<Route>;
  readonly #holders: Holders<Route>;
  #closed = false;

  private constructor(options: RegistryOptions, floor: number) {
    this.#options = options;
    this.#limits = { ...DEFAULT_REGISTRY_LIMITS, ...options.limits };
    this.#store = new ReportedStore(options);
    this.#names = new NameTable(this.#store, this.#limits, options.wallTime, floor);
    this.#holders = new Holders(options.clock, this.#limits, (entry) => this.#onEnd(entry));
  }

  /** Makes a registry with what its store has. */
  static async open<Route>(options: RegistryOptions): Promise<Registry<Route>> {
    const { records, floor } = await options.store.load();
    const registry = new Registry<Route>(options, floor);
    registry.#restore(records.filter((record) => record.kind === options.kind));
    return registry;
  }

  /** Asks for a name. Never rejects. */
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
    const view = this.#names.get(name)?.view ?? UNKNOWN;
    if (view.state === "offline" && this.#options.clock.now() >= view.until) return UNKNOWN;
    return view;
  }

  /** The record of a name, live or ended. */
  record(name: string): LeaseRecord | null {
    return this.#names.get(name)?.record ?? null;
  }

  /** Every name with a record, ended leases included. */
  *list(): Generator<Listing<Route>, void, undefined> {
    for (const { name, record } of this.#names.entries()) {
      if (record !== null) yield { record, lookup: this.lookup(name) };
    }
  }

  /** Refuses all further claims and waits until everything is stored. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#holders[Symbol.dispose]();
    await Promise.all(Array.from(this.#names.entries(), (entry) => entry.settled));
    await this.#store.settled();
  }

  async #decide(
    entry: NameEntry<Route>,
    request: ClaimRequest<Route>,
  ): Promise<ClaimResult<Route>> {
    if (this.#closed) return refused({ code: "unavailable" });
    this.#holders.sweep();
    const verdict = judge({
      record: entry.record,
      view: entry.view,
      floor: this.#names.floor,
      now: this.#options.clock.now(),
      takeOver: this.#options.takeOver ?? "owner",
    }, request);
    if (verdict.state === "refused") return verdict;
    const { owner, address } = request;
    const place = verdict.renewal ? null : this.#holders.quota.take(owner, address);
    if (place?.state === "over") {
      return refused({ code: "too_many", scope: place.scope, limit: place.limit });
    }
    try {
      if (!this.#names.hasRoomFor(entry)) {
        return refused({ code: "too_many", scope: "server", limit: this.#limits.records });
      }
      const before = entry.record;
      const record = grantedRecord(before, request, verdict.as, this.#context);
      const problem = await this.#carryOut(before, record, request);
      if (problem !== null) return refused(problem);
      const displaced = replaced(entry, verdict.ownOrphan ? "orphan" : "claimed");
      this.#names.enter(entry, record);
      const lease = this.#holders.install(entry, record, request);
      return { state: "granted", lease, displaced };
    } finally {
      place?.charge[Symbol.dispose]();
    }
  }

  /** Does what a claim needs before it is granted; says what has kept it from that. */
  async #carryOut(
    before: LeaseRecord | null,
    record: LeaseRecord,
    { prepare }: ClaimRequest<Route>,
  ): Promise<Refusal | null> {
    if (prepare !== undefined && !await prepare()) return { code: "unprepared" };
    const isStored = before?.live === true && before.generation === record.generation &&
      before.tag === record.tag;
    return isStored || await this.#store.save("claim", record) ? null : { code: "unavailable" };
  }

  async #reserve(entry: NameEntry<Route>, owner: OwnerId): Promise<ReserveResult> {
    if (this.#closed) return { state: "refused", code: "unavailable" };
    this.#holders.sweep();
    if (entry.isOthers(owner)) return { state: "refused", code: "taken" };
    if (entry.record?.reserved) return { state: "reserved", isNew: false, record: entry.record };
    if (!this.#names.hasRoomFor(entry)) return { state: "refused", code: "full" };
    const record = reservedRecord(entry.record, entry.name, owner, this.#context);
    if (!await this.#store.save("reserve", record)) {
      return { state: "refused", code: "unavailable" };
    }
    this.#names.enter(entry, record);
    if (entry.view.state !== "online") this.#holders.keep(entry);
    return { state: "reserved", isNew: true, record };
  }

  async #free(entry: NameEntry<Route>): Promise<FreeResult> {
    if (this.#closed) return { state: "refused", code: "unavailable" };
    this.#holders.sweep();
    const { record, view } = entry;
    if (record === null || view.state === "unknown") return { state: "refused", code: "unknown" };
    if (view.state === "online") return { state: "refused", code: "online" };
    const ended = endedRecord(record, this.#options.wallTime());
    if (!await this.#store.save("free", ended)) return { state: "refused", code: "unavailable" };
    this.#holders.vacate(entry);
    this.#names.bury(entry, ended);
    return { state: "freed", record: ended };
  }

  /** What a next record needs to know of the registry. */
  get #context(): RecordContext {
    const { kind, wallTime } = this.#options;
    return { kind, floor: this.#names.floor, now: wallTime() };
  }

  /** A lease has ended by itself, or was given up. */
  #onEnd(entry: NameEntry<Route>): Promise<void> {
    const stored = entry.inTurn(() => this.#storeEnd(entry));
    this.#settle(entry);
    return stored;
  }

  /** Looks again, because a claim may have been decided since. */
  async #storeEnd(entry: NameEntry<Route>): Promise<void> {
    const { record } = entry;
    if (entry.isLive || record?.live !== true) return;
    const ended = endedRecord(record, this.#options.wallTime());
    if (this.#names.bury(entry, ended)) await this.#store.save("end", ended);
  }

  /** Does something with a name once all that came before it is done; the name is not forgotten. */
  async #attend<Result>(
    name: string,
    action: (entry: NameEntry<Route>) => Promise<Result>,
  ): Promise<Result> {
    const entry = this.#names.obtain(name);
    try {
      return await entry.attend(() => action(entry));
    } finally {
      this.#settle(entry);
    }
  }

  #settle(entry: NameEntry<Route>): void {
    if (entry.isBusy || entry.isLive) return;
    this.#names.dropUnrecorded(entry);
    this.#options.onVacant?.(entry.name);
  }

  #restore(records: LeaseRecord[]): void {
    this.#names.restore(records);
    for (const entry of this.#names.entries()) {
      if (entry.record?.live) this.#holders.restore(entry, entry.record);
    }
  }
}

/** Whom a claim takes the name from. */
function replaced<Route>(
  { view, record }: NameEntry<Route>,
  reason: Displaced<Route>["reason"],
): Displaced<Route> | null {
  if (view.state !== "online" || record === null) return null;
  return { route: view.route, generation: record.generation, reason };
}

function refused(refusal: Refusal): { state: "refused"; refusal: Refusal } {
  return { state: "refused", refusal };
}
