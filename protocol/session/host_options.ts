/**
 * What a host of sessions is made with, and whom it asks.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { Limits } from "../limits.ts";
import type { BlockPool } from "../link/block_pool.ts";
import type { Hello } from "../link/handshake.ts";
import type { Transport } from "../transport/transport.ts";
import type { Session } from "./session.ts";
import type { SessionUser } from "./session_options.ts";

/** What the host leaves to others. */
export interface HostUser<Identity> {
  /**
   * Says who is there.
   *
   * @throws {HandshakeRefused} If they may not come in.
   */
  authenticate(hello: Hello, transport: Transport): Promise<Identity>;
  /** A session has started; returns who is told what happens in it. */
  onSession(session: Session, identity: Identity, hello: Hello): SessionUser;
  /**
   * A session's client presents a fresh token with its RESUME.
   *
   * @throws {HandshakeRefused} If it does not do; the session stays paused.
   */
  reauthenticate(session: Session, token: string): Promise<void>;
}

/** What a host is made with. */
export interface HostOptions<Identity> {
  /** Program and version. */
  readonly agent: string;
  /** Who decides. */
  readonly user: HostUser<Identity>;
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<Limits>;
  /** Sessions at most, connected or paused. @default {65536} */
  readonly maxSessions?: number;
  /**
   * Peers at most that have not said anything yet, and as many whose credential is
   * being checked. One more of the former makes the oldest go, because honest
   * peers speak at once; one more of the latter is refused. @default {1024}
   */
  readonly maxHandshakes?: number;
  /** Time. @default {systemClock} */
  readonly clock?: Clock;
  /** Memory. @default {processBlocks} */
  readonly pool?: BlockPool;
  /** Random bytes. @default {crypto.getRandomValues} */
  readonly random?: (bytes: number) => Uint8Array<ArrayBuffer>;
}
