/**
 * Whose a session is, what they may do, and until when: changed by a fresh token, and by
 * an operator who changes keys, rules or revocations.
 *
 * @module
 */

import { type Clock, HandshakeRefused, type Session } from "@tun/protocol";
import type { Grant } from "../auth/grant.ts";
import type { Identity } from "../auth/identity.ts";
import { refuse } from "../auth/refusal.ts";
import { Expiry } from "./expiry.ts";

/** Checks tokens. */
export interface Gatekeeper {
  /**
   * Finds out who bears a token.
   *
   * @throws {HandshakeRefused} If it does not do.
   */
  check(token: string): Promise<Identity>;
  /**
   * What somebody who has come in may do by now.
   *
   * @throws {HandshakeRefused} If that is nothing any more.
   */
  checkAgain(identity: Identity): Identity;
}

/** What a bearer is watched with. */
export interface BearerOptions {
  /** Who checks tokens; nobody with `--no-auth`. */
  readonly tokens: Gatekeeper | undefined;
  /** Monotonic time. */
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly wallTime: () => number;
  /** Called when the grant may have changed. */
  readonly onGrant: () => void;
}

/** Who stands behind a session. */
export class Bearer implements Disposable {
  readonly #session: Session;
  readonly #options: BearerOptions;
  readonly #expiry: Expiry;
  readonly #startedAt: number;
  #identity: Identity;

  /** Watches from now on, and ends the session in time. */
  constructor(session: Session, identity: Identity, options: BearerOptions) {
    this.#session = session;
    this.#options = options;
    this.#identity = identity;
    this.#startedAt = options.wallTime();
    this.#expiry = new Expiry(options, {
      onWarning: (inMs) => session.sendControl({ type: "expiring", inMs }),
      onExpired: () => session.close("token_expired", this.#isWornOut ? WORN_OUT : EXPIRED),
    });
    this.#expiry.set(this.#endsAt);
  }

  /** Who they are. */
  get identity(): Identity {
    return this.#identity;
  }

  /** What they may do now. */
  get grant(): Grant {
    return this.#identity.grant;
  }

  /** When the session ends, in milliseconds since 1970. */
  get #endsAt(): number {
    const { expiresAt, grant } = this.#identity;
    return Math.min(expiresAt, this.#startedAt + grant.sessionMs);
  }

  /** Whether the session ends before its token does. */
  get #isWornOut(): boolean {
    return this.#endsAt < this.#identity.expiresAt;
  }

  /**
   * Takes on a fresh token; its bearer must be the same.
   *
   * @throws {HandshakeRefused} If it does not do; everything stays as it was.
   */
  async renew(token: string): Promise<void> {
    const { tokens } = this.#options;
    if (tokens === undefined) return;
    const identity = await tokens.check(token);
    if (identity.owner !== this.#identity.owner) throw refuse("owner_changed");
    this.#take(identity);
  }

  /** Judges who is in by what holds now, and ends the session if that is nothing. */
  judgeAgain(): void {
    const { tokens } = this.#options;
    if (tokens === undefined) return;
    try {
      this.#take(tokens.checkAgain(this.#identity));
    } catch (error) {
      if (!(error instanceof HandshakeRefused)) throw error;
      // Whatever the rule was that it fell under: somebody has taken the right away.
      const code = error.code === "token_expired" ? "token_expired" : "token_revoked";
      this.#session.close(code, error.message);
    }
  }

  /** Watches no more. */
  [Symbol.dispose](): void {
    this.#expiry[Symbol.dispose]();
  }

  #take(identity: Identity): void {
    // The session may have ended in the meantime, and nobody would ever stop the watch.
    if (this.#session.end !== undefined) return;
    this.#identity = identity;
    this.#expiry.set(this.#endsAt);
    this.#options.onGrant();
  }
}

const EXPIRED = "The token has expired";
const WORN_OUT = "The session has lasted as long as its token permits";
