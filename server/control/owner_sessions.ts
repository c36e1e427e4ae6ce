/**
 * How many sessions one owner may have, connected and about to come back: without an end, one
 * tenant who connects and leaves, over and over, would fill the server's places for all.
 *
 * @module
 */

import { HandshakeRefused } from "@tun/protocol";
import type { OwnerId } from "../registry/owner.ts";

/**
 * An owner may have 100 leases, and so 100 sessions with a tunnel; as many again may be about to
 * come back or to claim, and there is room left.
 */
export const MOST_SESSIONS = 256;

/** A hint; by then some of those that were left behind are gone. */
const RETRY_AFTER_MS = 5_000;

/** A session as it is counted. */
export interface CountedSession {
  /** Whether it has a tunnel. */
  hasTunnels(): boolean;
  /** Ends it: its owner has too many. */
  end(): void;
}

/** Counts sessions. */
export class OwnerSessions {
  readonly #byOwner = new Map<OwnerId, Set<CountedSession>>();

  /** Owners with a session. */
  get owners(): number {
    return this.#byOwner.size;
  }

  /**
   * One session more; disposing of it takes it off the count. Where there are too many, the
   * owner's oldest without a tunnel makes room.
   *
   * @throws {HandshakeRefused} `overloaded`, if all of them have tunnels.
   */
  add(owner: OwnerId, session: CountedSession): Disposable {
    const sessions = this.#byOwner.get(owner) ?? new Set();
    if (sessions.size >= MOST_SESSIONS) makeRoom(sessions);
    sessions.add(session);
    this.#byOwner.set(owner, sessions);
    return { [Symbol.dispose]: () => this.#remove(owner, session) };
  }

  #remove(owner: OwnerId, session: CountedSession): void {
    const sessions = this.#byOwner.get(owner);
    sessions?.delete(session);
    if (sessions?.size === 0) this.#byOwner.delete(owner);
  }
}

function makeRoom(sessions: Set<CountedSession>): void {
  for (const session of sessions) {
    if (session.hasTunnels()) continue;
    // Its end may be told later than now.
    sessions.delete(session);
    return session.end();
  }
  throw new HandshakeRefused("overloaded", "You have too many sessions", {
    retryAfterMs: RETRY_AFTER_MS,
  });
}
