/**
 * How a session ends in peace.
 *
 * @module
 */

import type { Clock } from "@tun/protocol";
import type { LiveSession } from "./live_session.ts";

/**
 * Takes no more streams, and waits until nothing is under way in a session, it is over, `ms` have
 * passed or `signal` is aborted.
 */
export async function drain(
  live: LiveSession,
  ms: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const { session } = live;
  const { streams, sentBytes, acknowledgedBytes } = session.stats;
  const isIdle = streams === 0 && acknowledgedBytes === sentBytes;
  if (session.state !== "connected" || isIdle) return;
  session.goAway();
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const onAbort = () => resolve();
  const timer = clock.schedule(ms, onAbort);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) resolve();
  await Promise.race([session.drained(), live.ended, late]);
  signal.removeEventListener("abort", onAbort);
  timer.cancel();
}
