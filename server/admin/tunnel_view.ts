/**
 * Tunnels and leases as operators see them.
 *
 * @module
 */

import type { SessionControl } from "../control/session_control.ts";
import type { ClaimedTunnel } from "../control/session_tunnels.ts";
import type { Listing } from "../registry/registry.ts";

/** A tunnel and the client that has it. */
export interface OwnedTunnel {
  /** The client. */
  readonly control: SessionControl;
  /** The tunnel. */
  readonly claimed: ClaimedTunnel;
}

/** All tunnels that are up. */
export function tunnelsOf(controls: Iterable<SessionControl>): OwnedTunnel[] {
  return Array.from(
    controls,
    (control) => Array.from(control.tunnels, (claimed) => ({ control, claimed })),
  ).flat();
}

/** A tunnel for a list. */
export function describeTunnel({ control, claimed }: OwnedTunnel): object {
  const { session, label, agent, peer } = control;
  const { kind, route, url } = claimed;
  const { stats } = session;
  return {
    name: route.name,
    kind,
    url,
    owner: label,
    client: agent,
    address: peer,
    since: new Date(route.since).toISOString(),
    state: session.state,
    transport: session.transport?.kind ?? null,
    requests: route.requests,
    streams: route.openStreams,
    sentBytes: route.sentBytes,
    receivedBytes: route.receivedBytes,
    roundTripMs: Number.isFinite(stats.roundTripMs) ? stats.roundTripMs : null,
    resumes: stats.resumes,
    resentBytes: stats.resentBytes,
  };
}

/** A lease for a list; its owner is a digest. */
export function describeLease({ record, lookup }: Listing<unknown>): object {
  const { name, kind, owner, generation, usedAt, reserved = false } = record;
  const granted = new Date(usedAt).toISOString();
  return { name, kind, owner, generation, granted, state: lookup.state, reserved };
}
