/**
 * Figures of a session, for people and metrics.
 *
 * @module
 */

/** Figures of a session. */
export interface SessionStats {
  /** Streams that are open. */
  readonly streams: number;
  /** Payload bytes handed to the link. */
  readonly sentBytes: number;
  /** How many of them the peer has. */
  readonly acknowledgedBytes: number;
  /** Payload bytes that came in. */
  readonly receivedBytes: number;
  /** Payload bytes that were sent again over a new transport. */
  readonly resentBytes: number;
  /** Memory in use for what may have to be sent again. */
  readonly heldBytes: number;
  /** The least round trip of late; `Infinity` when unknown. */
  readonly roundTripMs: number;
  /** What lately arrived at best. */
  readonly bytesPerSecond: number;
  /** How often another transport was attached. */
  readonly resumes: number;
}
