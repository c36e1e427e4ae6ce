/**
 * How long to wait before trying again. Only numbers: who waits, and for what, is decided
 * elsewhere.
 *
 * @module
 */

/** A session is only kept for a minute, so trying to resume it may not take long breaks. */
const RESUME_CAP_MS = 2_000;

/** The first break between attempts to resume; a change of networks takes about that long. */
const RESUME_FIRST_MS = 250;

/** The first break when the session is lost and visitors get errors anyway. */
const RECONNECT_FIRST_MS = 1_000;

/** A server that was down for an hour is found within a minute after it is back. */
const RECONNECT_CAP_MS = 60_000;

/**
 * The break before attempt number `attempt` (from 0) to resume a session. The first is made at
 * once. Full jitter: a server that comes back must not meet all its clients in the same instant.
 *
 * @param random A number from 0 up to but not including 1.
 */
export function resumeDelayMs(attempt: number, random: () => number): number {
  return jittered(attempt, RESUME_FIRST_MS, RESUME_CAP_MS, random);
}

/** The break before attempt number `attempt` (from 0) to start a session; the first is made at once. */
export function reconnectDelayMs(attempt: number, random: () => number): number {
  return jittered(attempt, RECONNECT_FIRST_MS, RECONNECT_CAP_MS, random);
}

function jittered(attempt: number, first: number, cap: number, random: () => number): number {
  if (attempt === 0) return 0;
  return random() * Math.min(cap, first * 2 ** (attempt - 1));
}
