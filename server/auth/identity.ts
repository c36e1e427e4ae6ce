/**
 * Who is at the other end of a session, and what they may do.
 *
 * @module
 */

import type { OwnerId } from "../registry/owner.ts";
import type { PortRange } from "../registry/port_range.ts";

/** Somebody who has come in. */
export interface Identity {
  /** Whose names they use. */
  readonly owner: OwnerId;
  /** For logs: the token's `sub`, or that there is none. */
  readonly label: string;
  /** What they may do. */
  readonly grant: Grant;
  /** When their right ends, in milliseconds since 1970; `Infinity` for never. */
  readonly expiresAt: number;
}

/** What a session may do. Everything that is not allowed here is not allowed. */
export interface Grant {
  /** Whether a chosen name may be had. */
  permitsName(name: string): boolean;
  /** What may be tunnelled. */
  permitsKind(kind: "http" | "tcp"): boolean;
  /** The public ports that may be had. */
  readonly ports: readonly PortRange[];
  /** Tunnels at once. */
  readonly tunnels: number;
}
