/**
 * What a session is made with, and who is told what happens to it.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { Limits } from "../limits.ts";
import type { BlockPool } from "../link/block_pool.ts";
import type { Terms } from "../link/handshake.ts";
import type { Control } from "../mux/control.ts";
import type { Transport, TransportError } from "../transport/transport.ts";
import type { TunnelStream } from "./stream.ts";

/** What happens to a session. */
export interface SessionUser {
  /** The server has opened a stream. Only on the client. */
  onStream(stream: TunnelStream): void;
  /** The peer has something to say that is not about a stream. */
  onControl(control: Control): void;
  /** The transport is lost; the session waits for another. */
  onPaused(cause: TransportError): void;
  /** It has another. */
  onResumed(transport: Transport): void;
}

/** What a session is made with. */
export interface SessionOptions {
  /** Which end this is. */
  readonly role: "server" | "client";
  /** Names the session, in hex; the link's id. */
  readonly id: string;
  /** Our limits. */
  readonly limits: Limits;
  /** The peer's. */
  readonly peer: Terms;
  /** How long the session waits for another transport. */
  readonly resumeMs: number;
  /** Time. */
  readonly clock: Clock;
  /** Memory. */
  readonly pool: BlockPool;
}
