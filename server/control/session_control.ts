/**
 * One client's session on the server: the tunnels it has claimed, and when its
 * right to them ends.
 *
 * A claim is granted by a registry, which also says whom it displaces; that one is
 * told, drained and gone, and nobody waits for it. When the session ends, its
 * names stay leased to their owner for a while.
 *
 * @module
 */

import {
  type Claim,
  type Clock,
  type Control,
  HandshakeRefused,
  type Hello,
  type Session,
  type SessionClosed,
  type SessionUser,
  type Timer,
} from "@tun/protocol";
import type { OwnerLimits } from "../admission/owner_limits.ts";
import { SessionAdmission } from "../admission/session_admission.ts";
import { TokenBucket } from "../admission/token_bucket.ts";
import { type Grant, type GrantFault, tunnelFault, type TunnelWish } from "../auth/grant.ts";
import type { Identity } from "../auth/identity.ts";
import type { Log } from "../log/log.ts";
import { addressGroup, addressOf } from "../registry/address_group.ts";
import type { Claimant, Displaced, Lease } from "../registry/claim.ts";
import type { Outcome } from "../registry/client_refusal.ts";
import type { NameRegistry } from "../registry/name_registry.ts";
import type { PortRegistry } from "../registry/port_registry.ts";
import type { SingleRegistry } from "../registry/single_registry.ts";
import { claimedAccess, tunnelOptions } from "./claim_options.ts";
import { Bearer, type Gatekeeper } from "./bearer.ts";
import { LocalRoute, type WithdrawReason } from "./local_route.ts";
import type { OwnerSessions } from "./owner_sessions.ts";
import type { PublicUrls } from "./public_urls.ts";

/**
 * Fresh tokens that a session has checked: a signature costs a hundred times what the frame that
 * brings it costs, and an honest client renews every few minutes.
 */
const TOKENS_AT_ONCE = 16;
const TOKENS_PER_SECOND = 1;

const TOO_MANY_TOKENS: Control = {
  type: "auth_result",
  ok: false,
  code: "auth_unavailable",
  message: "Too many tokens at once. Try again in a moment",
};

/** What the sessions of a server have in common. */
export interface ControlDependencies {
  /** Who has which name. */
  readonly names: NameRegistry<LocalRoute>;
  /** Who has which port. */
  readonly ports: PortRegistry<LocalRoute>;
  /** Who has the only place, in single mode. */
  readonly single: SingleRegistry<LocalRoute> | undefined;
  /** Where tunnels are found. */
  readonly urls: PublicUrls;
  /** How long a tunnel that was taken away may go on with what is under way. */
  readonly drainTimeoutMs: number;
  /** Who checks tokens; nobody with `--no-auth`. */
  readonly tokens: Gatekeeper | undefined;
  /** Monotonic time. */
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly wallTime: () => number;
  /** What happens is told here. */
  readonly log: Log;
  /** What owners may use, over all their sessions. */
  readonly owners: OwnerLimits;
  /** Whether an address stands for many: loopback, and proxies that we trust. */
  readonly isShared: (ip: string) => boolean;
  /** How many sessions each owner has. */
  readonly sessions: OwnerSessions;
  /** Told of a session that is over. */
  readonly onSessionEnd: (session: Session) => void;
}

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

/** A session and its tunnels. */
export class SessionControl implements SessionUser {
  /** The session. */
  readonly session: Session;
  /** The client's program, for people. */
  readonly agent: string;
  readonly #dependencies: ControlDependencies;
  readonly #peer: string;
  /** Where leases are counted; `null` behind a proxy, where all come from one address. */
  readonly #address: string | null;
  readonly #tunnels = new Map<number, ClaimedTunnel>();
  readonly #drains = new Set<Timer>();
  readonly #bearer: Bearer;
  readonly #admission: SessionAdmission;
  readonly #seat: Disposable;
  readonly #tokensToCheck: TokenBucket;
  /** Claims are answered in the order in which they were made. */
  #work: Promise<void> = Promise.resolve();

  /**
   * Takes charge of a session.
   *
   * @throws {HandshakeRefused} `overloaded`, if its owner has too many.
   */
  constructor(
    session: Session,
    identity: Identity,
    hello: Hello,
    peer: string,
    dependencies: ControlDependencies,
  ) {
    this.session = session;
    this.agent = hello.agent;
    this.#peer = peer;
    const ip = addressOf(peer);
    this.#address = dependencies.isShared(ip) ? null : addressGroup(ip);
    this.#dependencies = dependencies;
    this.#seat = dependencies.sessions.add(identity.owner, {
      hasTunnels: () => this.#tunnels.size > 0,
      end: () => session.close("excess", "Too many sessions of one owner"),
    });
    const { tokens, clock, wallTime } = dependencies;
    this.#bearer = new Bearer(session, identity, {
      tokens,
      clock,
      wallTime,
      onGrant: () => this.#withdrawForbidden(),
    });
    this.#admission = new SessionAdmission(clock, dependencies.owners, identity);
    this.#tokensToCheck = new TokenBucket(clock, TOKENS_PER_SECOND, TOKENS_AT_ONCE);
    session.closed.then((end) => this.#onEnd(end));
  }

  /** Whose session it is, for people. */
  get label(): string {
    return this.#bearer.identity.label;
  }

  /** Where the client is. */
  get peer(): string {
    return this.#peer;
  }

  /** The tunnels it has. */
  get tunnels(): IterableIterator<ClaimedTunnel> {
    return this.#tunnels.values();
  }

  /** What it may do now. */
  get grant(): Grant {
    return this.#bearer.grant;
  }

  /**
   * Takes on a fresh token; its bearer must be the same.
   *
   * @throws {HandshakeRefused} If it does not do.
   */
  async renew(token: string): Promise<void> {
    await this.#bearer.renew(token);
  }

  /** Keys, rules or revocations have changed: the session goes on with what it may do by now. */
  judgeAgain(): void {
    this.#bearer.judgeAgain();
  }

  onStream(): void {
    throw new TypeError("Cannot take a stream as only the server opens them");
  }

  onControl(control: Control): void {
    switch (control.type) {
      case "claim":
        return this.#enqueue(() => this.#claim(control));
      case "release":
        return this.#enqueue(() => this.#release(control.tunnel));
      case "auth":
        return this.#enqueue(() => this.#authenticate(control.token));
    }
  }

  onPaused(cause: Error): void {
    this.#dependencies.log.event("session_paused", { ...this.#fields(), cause: cause.message });
  }

  onResumed(): void {
    this.#dependencies.log.event("session_resumed", this.#fields());
    for (const { route } of this.#tunnels.values()) route.wakeWaiting();
  }

  #enqueue(task: () => Promise<void>): void {
    this.#work = this.#work
      .then(() => this.session.end === undefined ? task() : undefined)
      .catch((error) => this.#onFault(error));
  }

  async #claim(claim: Claim): Promise<void> {
    const fault = this.#forbidden(claim);
    if (fault !== undefined) return this.#refuse(claim, { ...fault, final: true });
    const access = claimedAccess(claim);
    if (!access.ok) {
      const message = `This server cannot keep the rules for visitors: ${access.fault}`;
      return this.#refuse(claim, { code: "access_refused", message, final: true });
    }
    const { clock, wallTime } = this.#dependencies;
    const options = { ...tunnelOptions(claim), access: access.rules };
    const route = new LocalRoute(this.session, claim.tunnel, options, {
      clock,
      since: wallTime(),
    });
    // Before anybody can find it.
    this.#admission.standBefore(route);
    const outcome = await this.#ask(claim, route);
    if (outcome.state === "refused") {
      const { code, message, retryAfterMs } = outcome.refusal;
      return this.#refuse(claim, {
        code,
        message,
        final: code !== "registry_unavailable",
        ...(retryAfterMs === null ? {} : { retryAfterMs: Math.ceil(retryAfterMs) }),
      });
    }
    // The grant may have shrunk while the registry was busy.
    const late = this.#forbidden(claim, outcome.lease);
    if (late === undefined) return this.#grant(claim, route, outcome.lease, outcome.displaced);
    withdrawDisplaced(outcome.displaced);
    await outcome.lease.release();
    this.#refuse(claim, { ...late, final: true });
  }

  /** What there is against a claim, and once it is known, against the port that it has got. */
  #forbidden(claim: Claim, lease?: Lease): GrantFault | undefined {
    const { tunnel } = claim;
    if (this.#tunnels.has(tunnel)) {
      return { code: "not_permitted", message: `Tunnel ${tunnel} is there already` };
    }
    return tunnelFault(this.#bearer.grant, wishOf(claim, lease), this.#tunnels.size);
  }

  /** A grant that has shrunk takes what it no longer covers; the oldest tunnels stay. */
  #withdrawForbidden(): void {
    this.#admission.change(this.#bearer.grant, this.#tunnels.values());
    let kept = 0;
    for (const [tunnel, { wish, route, lease }] of this.#tunnels) {
      if (tunnelFault(this.#bearer.grant, wish, kept) === undefined) {
        kept++;
        continue;
      }
      lease.goOffline();
      this.#withdraw(tunnel, route, "not_permitted");
    }
  }

  #ask(claim: Claim, route: LocalRoute): Promise<Outcome<LocalRoute>> {
    const { names, ports, single } = this.#dependencies;
    const { mode, generation, nonce = null, key = "", name, port } = claim;
    const claimant: Claimant<LocalRoute> = {
      owner: this.#bearer.identity.owner,
      address: this.#address,
      intent: mode === "claim" ? { mode } : { mode, generation: generation ?? 0 },
      nonce,
      route,
    };
    if (claim.kind === "tcp") {
      return ports.claim({
        ...claimant,
        key,
        wish: port === undefined ? { kind: "any" } : { kind: "port", port },
        allowed: this.#bearer.grant.ports,
      });
    }
    if (single !== undefined) return single.claim(claimant);
    return names.claim({
      ...claimant,
      wish: name === undefined ? { kind: "random", key } : { kind: "chosen", name },
    });
  }

  #grant(
    claim: Claim,
    route: LocalRoute,
    lease: Lease,
    displaced: Displaced<LocalRoute> | null,
  ): void {
    const { urls, log } = this.#dependencies;
    const { tunnel, kind, mode } = claim;
    route.name = lease.name;
    // The grant may have changed while the registry was busy.
    this.#admission.standBefore(route);
    route.onWithdrawn = (reason) => this.#withdraw(tunnel, route, reason);
    withdrawDisplaced(displaced);
    if (this.session.end !== undefined) return lease.goOffline();
    const url = kind === "http" ? urls.http(lease.name) : urls.tcp(lease.name);
    this.#tunnels.set(tunnel, { kind, route, lease, url, wish: wishOf(claim, lease) });
    const { name, generation } = lease;
    this.session.sendControl({ type: "claimed", tunnel, name, url, generation });
    log.event("tunnel_up", { ...this.#fields(), kind, name, url, generation, how: mode });
  }

  #refuse(
    { tunnel, kind, name, port }: Claim,
    why: { code: string; message: string; final: boolean; retryAfterMs?: number },
  ): void {
    if (this.session.end !== undefined) return;
    this.session.sendControl({ type: "claim_refused", tunnel, ...why });
    const wanted = name ?? port;
    this.#dependencies.log.event("claim_refused", {
      ...this.#fields(),
      kind,
      ...(wanted === undefined ? {} : { name: String(wanted) }),
      code: why.code,
    });
  }

  async #release(tunnel: number): Promise<void> {
    const claimed = this.#tunnels.get(tunnel);
    if (claimed === undefined) return;
    this.#tunnels.delete(tunnel);
    await claimed.lease.release();
    this.#dependencies.log.event("tunnel_released", {
      ...this.#fields(),
      name: claimed.lease.name,
    });
  }

  /** The tunnel is somebody else's now, or nobody's. */
  #withdraw(tunnel: number, route: LocalRoute, reason: WithdrawReason): void {
    if (this.#tunnels.get(tunnel)?.route === route) this.#tunnels.delete(tunnel);
    // Who waits for this session's link has a better way to go.
    route.wakeWaiting();
    if (this.session.end !== undefined) return;
    this.#dependencies.log.event("tunnel_withdrawn", {
      ...this.#fields(),
      name: route.name,
      reason,
    });
    if (reason === "orphan") {
      route.resetStreams();
      // Whoever had this session has another one now: nobody listens here.
      if (this.#tunnels.size === 0) this.session.close("replaced");
      return;
    }
    const { clock, drainTimeoutMs: drainMs } = this.#dependencies;
    this.session.sendControl({
      type: "revoked",
      tunnel,
      reason,
      message: WITHDRAWN[reason],
      drainMs,
    });
    const timer = clock.schedule(drainMs, () => {
      this.#drains.delete(timer);
      route.resetStreams();
    });
    this.#drains.add(timer);
  }

  async #authenticate(token: string): Promise<void> {
    if (this.#tokensToCheck.take() > 0) return this.session.sendControl(TOO_MANY_TOKENS);
    let result: Control = { type: "auth_result", ok: true };
    try {
      await this.renew(token);
    } catch (error) {
      if (!(error instanceof HandshakeRefused)) throw error;
      const { code, reason, message } = error;
      const said = reason === undefined ? { code, message } : { code, reason, message };
      result = { type: "auth_result", ok: false, ...said };
      this.#dependencies.log.event("auth_refused", {
        ...this.#fields(),
        code,
        reason: reason ?? "",
      });
    }
    if (this.session.end === undefined) this.session.sendControl(result);
  }

  /** A fault of our own costs one session, and not the server. */
  #onFault(error: unknown): void {
    const text = error instanceof Error ? error.stack ?? error.message : String(error);
    this.#dependencies.log.event("fault", { ...this.#fields(), error: text });
    this.session.close("internal");
  }

  #onEnd(end: SessionClosed): void {
    this.#bearer[Symbol.dispose]();
    this.#admission[Symbol.dispose]();
    this.#seat[Symbol.dispose]();
    for (const timer of this.#drains) timer.cancel();
    for (const { lease, route } of this.#tunnels.values()) {
      lease.goOffline();
      route.wakeWaiting();
    }
    this.#tunnels.clear();
    const { code, origin } = end;
    this.#dependencies.log.event("session_closed", { ...this.#fields(), code, origin });
  }

  #fields(): Record<string, string> {
    return {
      session: this.session.id.slice(0, 8),
      client: this.#peer,
      owner: this.label,
    };
  }
}

const WITHDRAWN: Record<Exclude<WithdrawReason, "orphan">, string> = {
  displaced: "A newer client has taken the tunnel over",
  removed: "An operator has removed the tunnel",
  not_permitted: "The token no longer permits the tunnel",
};

function withdrawDisplaced(displaced: Displaced<LocalRoute> | null): void {
  displaced?.route.onWithdrawn(displaced.reason === "orphan" ? "orphan" : "displaced");
}

/** What a grant is asked about; a port that was left open is known once there is a lease. */
function wishOf({ kind, name, port }: Claim, lease?: Lease): TunnelWish {
  if (kind === "http") return { kind, name };
  return { kind, port: lease === undefined ? port : Number(lease.name) };
}
