/**
 * Public TCP ports: which tunnel has which. Their sockets are in `bound_ports.ts`.
 *
 * A port is leased like a name, by the rules of `registry.ts`; the tag of its
 * record is the random name that its owner would have for the same key, so a
 * tunnel that asks for no port gets the one it had. A new one starts looking at
 * a place derived from that tag, so that it would find the same port without
 * any record, and goes on to the next free one.
 *
 * After a restart a port is bound again when its owner is back. Who accepts on
 * it, and what for, is the caller's business: it asks `lookup(port)` for every
 * connection.
 *
 * @module
 */

import type { Claimant, Lookup } from "./claim.ts";
import { explain, type Outcome, refuse } from "./client_refusal.ts";
import { BASE32_ALPHABET } from "./base32.ts";
import { type BindPort, BoundPorts } from "./bound_ports.ts";
import { stableName } from "./names.ts";
import type { OwnerId } from "./owner.ts";
import {
  countPorts,
  DEFAULT_PORT_RANGE,
  includesPort,
  intersect,
  portAt,
  type PortRange,
} from "./port_range.ts";
import type { LeaseRecord } from "./lease_store.ts";
import { type Listing, Registry } from "./registry.ts";
import type { RegistryDependencies } from "./registry_options.ts";
import type { FreeResult, ReserveResult } from "./reservation.ts";

/**
 * Ports that the system may refuse before we give up. With half of them in use
 * by other programs, 150 in a row is one case in 10^45.
 */
const BIND_ATTEMPTS = 150;

/** Which port a client asks for. */
export type PortWish =
  /** The one it had, or the next free. */
  | { readonly kind: "any" }
  /** Exactly this one; a reclaim always names its port. */
  | { readonly kind: "port"; readonly port: number };

/** A claim for a port. */
export interface PortClaim<Route> extends Claimant<Route> {
  /** Which port. */
  readonly wish: PortWish;
  /** What the tunnel is for; with the owner it decides which port is "the same". */
  readonly key: string;
  /** What the token allows; without it, the server's whole range. */
  readonly allowed?: readonly PortRange[];
}

/** What a {@linkcode PortRegistry} needs. */
export interface PortRegistryOptions extends RegistryDependencies {
  /** Opens the listening sockets. */
  readonly bind: BindPort;
  /** Ports that may be given out. @default {DEFAULT_PORT_RANGE} */
  readonly range?: PortRange;
}

/** Who holds which TCP port. */
export class PortRegistry<Route> implements AsyncDisposable {
  readonly #range: PortRange;
  readonly #registry: Registry<Route>;
  readonly #bound: BoundPorts;
  /** Ports that a claim is trying right now, and for which tag. */
  readonly #trying = new Map<string, string>();

  private constructor(range: PortRange, registry: Registry<Route>, bound: BoundPorts) {
    this.#range = range;
    this.#registry = registry;
    this.#bound = bound;
  }

  /** Makes a registry with what its store has. Nothing is bound yet. */
  static async open<Route>(options: PortRegistryOptions): Promise<PortRegistry<Route>> {
    const { bind, range = DEFAULT_PORT_RANGE, ...rest } = options;
    const bound = new BoundPorts(bind, options.onEvent);
    const registry = await Registry.open<Route>({
      ...rest,
      kind: "tcp",
      onVacant: (name) => bound.release(name),
    });
    return new PortRegistry(range, registry, bound);
  }

  /** Asks for a port. Never rejects. */
  async claim(claim: PortClaim<Route>): Promise<Outcome<Route>> {
    const { wish } = claim;
    const tag = await stableName(claim.owner, claim.key);
    const ranges = intersect(this.#range, claim.allowed ?? [this.#range]);
    if (wish.kind === "port") {
      return includesPort(ranges, wish.port)
        ? await this.#try(claim, wish.port, tag)
        : refuse("port_refused", "outside_range", outside(wish.port, ranges));
    }
    if (claim.intent.mode === "reclaim") {
      return refuse("port_refused", "no_port", "A port cannot be taken back without naming it");
    }
    return await this.#tryAny(claim, ranges, tag);
  }

  /** What is known of a port. */
  lookup(port: number): Lookup<Route> {
    return this.#registry.lookup(String(port));
  }

  /** The record of a port, live or ended. */
  record(port: number): LeaseRecord | null {
    return this.#registry.record(String(port));
  }

  /**
   * Sets a port aside: its owner gets it by asking for it. It is bound when that happens. Never
   * rejects.
   */
  async reserve(port: number, owner: OwnerId): Promise<ReserveResult> {
    if (includesPort([this.#range], port)) {
      return await this.#registry.reserve(String(port), owner);
    }
    return { state: "refused", code: "unfit", message: outside(port, [this.#range]) };
  }

  /** Ends a lease that is offline, reserved or not, and stops listening. Never rejects. */
  free(port: number): Promise<FreeResult> {
    return this.#registry.free(String(port));
  }

  /** Every port with a record, ended leases included. */
  list(): Generator<Listing<Route>, void, undefined> {
    return this.#registry.list();
  }

  /** Refuses all further claims, waits until everything is stored, and stops listening. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#registry[Symbol.asyncDispose]();
    this.#bound[Symbol.dispose]();
  }

  async #tryAny(
    claim: PortClaim<Route>,
    ranges: readonly PortRange[],
    tag: string,
  ): Promise<Outcome<Route>> {
    let attempts = 0;
    for (const port of this.#candidates(ranges, tag)) {
      if (!this.#isFree(port, tag)) continue;
      const outcome = await this.#try(claim, port, tag);
      // Somebody was faster, or the system has it: the next one. Anything else is an answer.
      if (outcome.state === "granted") return outcome;
      const { code } = outcome.refusal;
      if (code !== "port_taken" && code !== "port_refused") return outcome;
      if (code === "port_refused" && ++attempts === BIND_ATTEMPTS) break;
    }
    return refuse("no_port_free", "none", `No port is free in ${describe(ranges)}`);
  }

  /** The port that this tunnel had, then all from its own starting place on. */
  *#candidates(ranges: readonly PortRange[], tag: string): Generator<number, void, undefined> {
    let had: { port: number; usedAt: number } | null = null;
    for (const { record } of this.#registry.list()) {
      const port = Number(record.name);
      if (record.tag !== tag || !includesPort(ranges, port)) continue;
      if (had === null || record.usedAt > had.usedAt) had = { port, usedAt: record.usedAt };
    }
    if (had !== null) yield had.port;
    const count = countPorts(ranges);
    const start = startingPlace(tag) % Math.max(count, 1);
    for (let i = 0; i < count; i++) yield portAt(ranges, (start + i) % count);
  }

  /** Free, or held for the same tunnel: another tunnel of the same owner keeps its port. */
  #isFree(port: number, tag: string): boolean {
    const name = String(port);
    const trying = this.#trying.get(name);
    if (trying !== undefined && trying !== tag) return false;
    return this.#registry.lookup(name).state === "unknown" ||
      this.#registry.record(name)?.tag === tag;
  }

  async #try(claim: PortClaim<Route>, port: number, tag: string): Promise<Outcome<Route>> {
    const name = String(port);
    const first = !this.#trying.has(name);
    if (first) this.#trying.set(name, tag);
    try {
      const { owner, address, intent, nonce, route } = claim;
      const prepare = () => this.#bound.ensure(port);
      const result = await this.#registry.claim({
        owner,
        address,
        intent,
        nonce,
        route,
        name,
        tag,
        prepare,
      });
      return result.state === "granted" ? result : explain(result.refusal, { kind: "port", port });
    } finally {
      if (first) this.#trying.delete(name);
    }
  }
}

/** 30 bits of the tag, which are bits of a SHA-256. */
function startingPlace(tag: string): number {
  let place = 0;
  for (const digit of tag.slice(0, 6)) place = place * 32 + BASE32_ALPHABET.indexOf(digit);
  return place;
}

function outside(port: number, ranges: readonly PortRange[]): string {
  return ranges.length === 0
    ? "No public port is allowed here"
    : `Port ${port} is not allowed; allowed is ${describe(ranges)}`;
}

function describe(ranges: readonly PortRange[]): string {
  if (ranges.length === 0) return "an empty range";
  return ranges.map(({ first, last }) => first === last ? `${first}` : `${first}-${last}`)
    .join(", ");
}
