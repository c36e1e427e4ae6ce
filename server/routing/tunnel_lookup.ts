/**
 * Finds the tunnel that a request is for.
 *
 * @module
 */

import type { RequestHead } from "@tun/protocol/http1";
import type { Lookup } from "../registry/claim.ts";
import type { HostTable } from "./host_table.ts";
import type { Route } from "./route.ts";

/** Whose a request is. */
export type Destination =
  /** A tunnel's. */
  | { readonly kind: "tunnel"; readonly route: Route }
  /** Ours: the public page, and where tunnels are opened. */
  | { readonly kind: "control" }
  /** Nobody's that could take it now. */
  | {
    readonly kind: "nobody";
    readonly code: "unknown_host" | "unknown_tunnel" | "tunnel_offline" | "no_tunnel";
  };

/** Finds destinations. */
export type FindDestination = (head: RequestHead) => Destination;

const CONTROL: Destination = { kind: "control" };

/** Tunnels by the first label of their host. */
export function byHost(hosts: HostTable, lookup: (name: string) => Lookup<Route>): FindDestination {
  return (head) => {
    const meaning = hosts.meaningOf(head.authority);
    if (meaning.kind === "control") return CONTROL;
    if (meaning.kind === "unknown") return { kind: "nobody", code: "unknown_host" };
    const found = lookup(meaning.name);
    if (found.state === "online") return { kind: "tunnel", route: found.route };
    const isOffline = found.state === "offline";
    return { kind: "nobody", code: isOffline ? "tunnel_offline" : "unknown_tunnel" };
  };
}

/** One tunnel for everything. */
export function toTheOnlyOne(lookup: () => Lookup<Route>): FindDestination {
  return () => {
    const found = lookup();
    if (found.state === "online") return { kind: "tunnel", route: found.route };
    return { kind: "nobody", code: "no_tunnel" };
  };
}
