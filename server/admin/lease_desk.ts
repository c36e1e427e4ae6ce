/**
 * Names and ports together, as operators speak of them: by a kind and a text.
 *
 * @module
 */

import type { NameRegistry } from "../registry/name_registry.ts";
import type { OwnerId } from "../registry/owner.ts";
import type { PortRegistry } from "../registry/port_registry.ts";
import type { Listing } from "../registry/registry.ts";
import type { FreeResult, ReserveResult } from "../registry/reservation.ts";

type Operated = "list" | "lookup" | "record" | "reserve" | "free";

/** What a kind of lease is for. */
export type DeskKind = "http" | "tcp";

/** All leases of a server. */
export class LeaseDesk {
  readonly #names: Pick<NameRegistry<unknown>, Operated>;
  readonly #ports: Pick<PortRegistry<unknown>, Operated>;

  /** Joins them. */
  constructor(
    names: Pick<NameRegistry<unknown>, Operated>,
    ports: Pick<PortRegistry<unknown>, Operated>,
  ) {
    this.#names = names;
    this.#ports = ports;
  }

  /** Those that belong to somebody. */
  *list(): Generator<Listing<unknown>, void, undefined> {
    for (const registry of [this.#names, this.#ports]) {
      for (const listing of registry.list()) {
        if (listing.lookup.state !== "unknown") yield listing;
      }
    }
  }

  /** One of them. */
  find(kind: DeskKind, name: string): Listing<unknown> | undefined {
    const port = portOf(name);
    const [record, lookup] = kind === "http"
      ? [this.#names.record(name), this.#names.lookup(name)]
      : [this.#ports.record(port), this.#ports.lookup(port)];
    return record === null || lookup.state === "unknown" ? undefined : { record, lookup };
  }

  /** See `Registry.reserve`. */
  reserve(kind: DeskKind, name: string, owner: OwnerId): Promise<ReserveResult> {
    if (kind === "http") return this.#names.reserve(name, owner);
    return this.#ports.reserve(portOf(name), owner);
  }

  /** See `Registry.free`. */
  free(kind: DeskKind, name: string): Promise<FreeResult> {
    return kind === "http" ? this.#names.free(name) : this.#ports.free(portOf(name));
  }
}

/** 0, which nobody has, for what is no port: `080` and `1e3` are none. */
function portOf(name: string): number {
  return /^[1-9]\d{0,4}$/.test(name) ? Number(name) : 0;
}
