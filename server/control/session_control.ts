/**
 * One client's session on the server, and all that lives as long as it: who stands behind it, its
 * tunnels, its claims, its place among its owner's sessions.
 *
 * When it ends, its names stay leased to their owner for a while.
 *
 * @module
 */

import type { Control, Hello, Session, SessionClosed, SessionUser } from "@tun/protocol";
import type { OwnerLimits } from "../admission/owner_limits.ts";
import { SessionAdmission } from "../admission/session_admission.ts";
import type { Grant } from "../auth/grant.ts";
import type { Identity } from "../auth/identity.ts";
import { logFault } from "../log/fault.ts";
import type { Log } from "../log/log.ts";
import { addressGroup, addressOf } from "../registry/address_group.ts";
import { Bearer, type Gatekeeper } from "./bearer.ts";
import { ClaimDesk, type ClaimDeskOptions } from "./claim_desk.ts";
import { FreshTokens } from "./fresh_tokens.ts";
import type { OwnerSessions } from "./owner_sessions.ts";
import { SessionLog } from "./session_log.ts";
import {
  type ClaimedTunnel,
  SessionTunnels,
  type SessionTunnelsOptions,
} from "./session_tunnels.ts";

/** What the sessions of a server have in common. */
export interface ControlDependencies extends ClaimDeskOptions, SessionTunnelsOptions {
  /** Who checks tokens; nobody with `--no-auth`. */
  readonly tokens: Gatekeeper | undefined;
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
  /** Where the client is. */
  readonly peer: string;
  readonly #log: SessionLog;
  readonly #tunnels: SessionTunnels;
  readonly #bearer: Bearer;
  readonly #admission: SessionAdmission;
  readonly #seat: Disposable;
  readonly #claims: ClaimDesk;
  readonly #freshTokens: FreshTokens;
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
    this.peer = peer;
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
    this.#freshTokens = new FreshTokens(session, this.#bearer, this.#log, clock);
    const ip = addressOf(peer);
    this.#claims = new ClaimDesk({
      session,
      address: dependencies.isShared(ip) ? null : addressGroup(ip),
      bearer: this.#bearer,
      admission: this.#admission,
      tunnels: this.#tunnels,
      log: this.#log,
    }, dependencies);
    session.closed.then((end) => this.#onEnd(end));
  }

  /** Whose session it is, for people. */
  get label(): string {
    return this.#bearer.identity.label;
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
        return this.#enqueue(() => this.#claims.decide(control));
      case "release":
        return this.#enqueue(() => this.#tunnels.release(control.tunnel));
      case "auth":
        return this.#enqueue(() => this.#freshTokens.answer(control.token));
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

  #withdrawForbidden(): void {
    this.#admission.change(this.#bearer.grant, this.#tunnels.values());
    this.#tunnels.keepPermitted(this.#bearer.grant);
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
