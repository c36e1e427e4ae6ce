/**
 * The tunnels of one session: those it has, those it is losing, and what its client is told.
 *
 * @module
 */

import type { Claim, Clock, Session, Timer } from "@tun/protocol";
import { type Grant, tunnelFault, type TunnelWish } from "../auth/grant.ts";
import type { Displaced, Lease } from "../registry/claim.ts";
import type { LocalRoute, WithdrawReason } from "./local_route.ts";
import type { PublicUrls } from "./public_urls.ts";
import type { SessionLog } from "./session_log.ts";

/** A tunnel that is claimed. */
export interface ClaimedTunnel {
  /** What goes through it. */
  readonly kind: "http" | "tcp";
  /** How it is reached. */
  readonly route: LocalRoute;
  /** The right to its name. */
  readonly lease: Lease;
  /** Where it is. */
  readonly url: string;
  /** What was asked for, as a grant sees it: only a chosen name needs to be granted. */
  readonly wish: TunnelWish;
}

/** What the tunnels of a session need. */
export interface SessionTunnelsOptions {
  /** Where tunnels are found. */
  readonly urls: PublicUrls;
  /** How long a tunnel that was taken away may go on with what is under way. */
  readonly drainTimeoutMs: number;
  /** Monotonic time. */
  readonly clock: Clock;
}

const WITHDRAWN: Record<Exclude<WithdrawReason, "orphan">, string> = {
  displaced: "A newer client has taken the tunnel over",
  removed: "An operator has removed the tunnel",
  not_permitted: "The token no longer permits the tunnel",
};

/** Holds them, by the number that the client has given each. */
export class SessionTunnels implements Disposable {
  readonly #session: Session;
  readonly #log: SessionLog;
  readonly #options: SessionTunnelsOptions;
  readonly #tunnels = new Map<number, ClaimedTunnel>();
  #drains: Set<Timer> | undefined;

  /** None yet. */
  constructor(session: Session, log: SessionLog, options: SessionTunnelsOptions) {
    this.#session = session;
    this.#log = log;
    this.#options = options;
  }

  /** How many there are. */
  get size(): number {
    return this.#tunnels.size;
  }

  /** Whether the client has given this number to one. */
  has(tunnel: number): boolean {
    return this.#tunnels.has(tunnel);
  }

  /** All, the oldest first. */
  values(): MapIterator<ClaimedTunnel> {
    return this.#tunnels.values();
  }

  /** Adds what a claim has got, and tells the client; who had it before is told as well. */
  add(
    claim: Claim,
    route: LocalRoute,
    lease: Lease,
    displaced: Displaced<LocalRoute> | null,
  ): void {
    const { tunnel, kind, mode } = claim;
    route.onWithdrawn = (reason) => this.#withdraw(tunnel, route, reason);
    withdrawDisplaced(displaced);
    if (this.#session.end !== undefined) return lease.goOffline();
    const { urls } = this.#options;
    const url = kind === "http" ? urls.http(lease.name) : urls.tcp(lease.name);
    this.#tunnels.set(tunnel, { kind, route, lease, url, wish: wishOf(claim, lease) });
    const { name, generation } = lease;
    this.#session.sendControl({ type: "claimed", tunnel, name, url, generation });
    this.#log.event("tunnel_up", { kind, name, url, generation, how: mode });
  }

  /** Gives one up, as its client wants to. */
  async release(tunnel: number): Promise<void> {
    const claimed = this.#tunnels.get(tunnel);
    if (claimed === undefined) return;
    this.#tunnels.delete(tunnel);
    await claimed.lease.release();
    this.#log.event("tunnel_released", { name: claimed.lease.name });
  }

  /** A grant that has shrunk takes what it no longer covers; the oldest tunnels stay. */
  keepPermitted(grant: Grant): void {
    let kept = 0;
    for (const [tunnel, { wish, route, lease }] of this.#tunnels) {
      if (tunnelFault(grant, wish, kept) === undefined) {
        kept++;
        continue;
      }
      lease.goOffline();
      this.#withdraw(tunnel, route, "not_permitted");
    }
  }

  /** The link is there again: who waited for it need not. */
  wakeWaiting(): void {
    for (const { route } of this.#tunnels.values()) route.wakeWaiting();
  }

  /** The session is over; names stay leased to their owner for a while. */
  [Symbol.dispose](): void {
    for (const timer of this.#drains ?? []) timer.cancel();
    for (const { lease, route } of this.#tunnels.values()) {
      lease.goOffline();
      route.wakeWaiting();
    }
    this.#tunnels.clear();
  }

  /** The tunnel is somebody else's now, or nobody's. */
  #withdraw(tunnel: number, route: LocalRoute, reason: WithdrawReason): void {
    if (this.#tunnels.get(tunnel)?.route === route) this.#tunnels.delete(tunnel);
    // Who waits for this session's link has a better way to go.
    route.wakeWaiting();
    if (this.#session.end !== undefined) return;
    this.#log.event("tunnel_withdrawn", { name: route.name, reason });
    if (reason !== "orphan") return this.#drain(tunnel, route, reason);
    route.resetStreams();
    // Whoever had this session has another one now: nobody listens here.
    if (this.#tunnels.size === 0) this.#session.close("replaced");
  }

  #drain(tunnel: number, route: LocalRoute, reason: Exclude<WithdrawReason, "orphan">): void {
    const { clock, drainTimeoutMs: drainMs } = this.#options;
    const message = WITHDRAWN[reason];
    this.#session.sendControl({ type: "revoked", tunnel, reason, message, drainMs });
    const timer = clock.schedule(drainMs, () => {
      this.#drains?.delete(timer);
      route.resetStreams();
    });
    (this.#drains ??= new Set()).add(timer);
  }
}

/** Tells who had it before. */
export function withdrawDisplaced(displaced: Displaced<LocalRoute> | null): void {
  displaced?.route.onWithdrawn(displaced.reason === "orphan" ? "orphan" : "displaced");
}

/** What a grant is asked about; a port that was left open is known once there is a lease. */
export function wishOf({ kind, name, port }: Claim, lease?: Lease): TunnelWish {
  if (kind === "http") return { kind, name };
  return { kind, port: lease === undefined ? port : Number(lease.name) };
}
