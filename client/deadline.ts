/**
 * A signal that is aborted after a time, or when somebody else gives up.
 *
 * @module
 */

import type { Clock } from "@tun/protocol";

/** What bounds a task. */
export interface DeadlineOptions {
  readonly clock: Clock;
  readonly ms: number;
  /** Made when the time is up; what `task` is aborted with. */
  readonly error: () => Error;
  /** Gives up earlier. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `task` with a signal that is aborted after `ms`.
 *
 * @throws What `task` throws; it is expected to throw the signal's reason when that is aborted.
 */
export async function withDeadline<T>(
  { clock, ms, error, signal }: DeadlineOptions,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal?.reason);
  const timer = clock.schedule(ms, () => controller.abort(error()));
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    controller.signal.throwIfAborted();
    return await task(controller.signal);
  } finally {
    timer.cancel();
    signal?.removeEventListener("abort", onAbort);
  }
}
