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
} from "@tun/protocol";
import type { OwnerLimits } from "../admission/owner_limits.ts";
import { SessionAdmission } from "../admission/session_admission.ts";
import { TokenBucket } from "../admission/token_bucket.ts";
import { type Grant, type GrantFault, tunnelFault } from "../auth/grant.ts";
import type { Identity } from "../auth/identity.ts";
import { logFault } from "../log/fault.ts";
import type { Log } from "../log/log.ts";
import { addressGroup, addressOf } from "../registry/address_group.ts";
import type { Claimant, Lease } from "../registry/claim.ts";
import type { Outcome } from "../registry/client_refusal.ts";
import type { NameRegistry } from "../registry/name_registry.ts";
import type { PortRegistry } from "../registry/port_registry.ts";
import type { SingleRegistry } from "../registry/single_registry.ts";
import { claimedAccess, tunnelOptions } from "./claim_options.ts";
import { Bearer, type Gatekeeper } from "./bearer.ts";
import { LocalRoute } from "./local_route.ts";
import type { OwnerSessions } from "./owner_sessions.ts";
import type { PublicUrls } from "./public_urls.ts";
import { SessionLog } from "./session_log.ts";
import {
  type ClaimedTunnel,
  SessionTunnels,
  wishOf,
  withdrawDisplaced,
} from "./session_tunnels.ts";

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
  readonly #log: SessionLog;
  readonly #tunnels: SessionTunnels;
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
    this.#log = new SessionLog(dependencies.log, () => ({
      session: session.id.slice(0, 8),
      client: peer,
      owner: this.label,
    }));
    this.#tunnels = new SessionTunnels(session, this.#log, dependencies);
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
  get tunnels(): MapIterator<ClaimedTunnel> {
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
        return this.#enqueue(() => this.#tunnels.release(control.tunnel));
      case "auth":
        return this.#enqueue(() => this.#authenticate(control.token));
    }
  }

  onPaused(cause: Error): void {
    this.#log.event("session_paused", { cause: cause.message });
  }

  onResumed(): void {
    this.#log.event("session_resumed");
    this.#tunnels.wakeWaiting();
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
    if (late === undefined) {
      route.name = outcome.lease.name;
      // The grant may have changed while the registry was busy.
      this.#admission.standBefore(route);
      return this.#tunnels.add(claim, route, outcome.lease, outcome.displaced);
    }
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

  #withdrawForbidden(): void {
    this.#admission.change(this.#bearer.grant, this.#tunnels.values());
    this.#tunnels.keepPermitted(this.#bearer.grant);
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

  #refuse(
    { tunnel, kind, name, port }: Claim,
    why: { code: string; message: string; final: boolean; retryAfterMs?: number },
  ): void {
    if (this.session.end !== undefined) return;
    this.session.sendControl({ type: "claim_refused", tunnel, ...why });
    const wanted = name ?? port;
    this.#log.event("claim_refused", {
      kind,
      ...(wanted === undefined ? {} : { name: String(wanted) }),
      code: why.code,
    });
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
      this.#log.event("auth_refused", {
        code,
        reason: reason ?? "",
      });
    }
    if (this.session.end === undefined) this.session.sendControl(result);
  }

  /** A fault of our own costs one session, and not the server. */
  #onFault(error: unknown): void {
    logFault(this.#log, error);
    this.session.close("internal");
  }

  #onEnd(end: SessionClosed): void {
    this.#bearer[Symbol.dispose]();
    this.#admission[Symbol.dispose]();
    this.#seat[Symbol.dispose]();
    this.#tunnels[Symbol.dispose]();
    const { code, origin } = end;
    this.#log.event("session_closed", { code, origin });
  }
}
