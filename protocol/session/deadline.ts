/**
 * Puts a bound on how long a peer may take.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { Transport } from "../transport/transport.ts";
import { HandshakeFailed } from "../errors.ts";

/**
 * Runs `task`, and closes `transport` if it takes longer than `ms`, or when
 * `signal` is aborted.
 *
 * @throws {HandshakeFailed} `timeout`, or the signal's reason, or whatever `task` throws.
 */
export async function withDeadline<T>(
  transport: Transport,
  { clock, ms, signal }: { clock: Clock; ms: number; signal?: AbortSignal | undefined },
  task: () => Promise<T>,
): Promise<T> {
  let cause: unknown;
  const give = (reason: unknown) => {
    cause ??= reason;
    transport.close();
  };
  const onAbort = () => give(signal?.reason);
  const timer = clock.schedule(
    ms,
    () => give(new HandshakeFailed("timeout", `The peer did not answer within ${ms} ms`)),
  );
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    const result = await task();
    // It can have succeeded in the moment in which it was given up.
    if (cause !== undefined) throw cause;
    return result;
  } catch (error) {
    throw cause ?? error;
  } finally {
    timer.cancel();
    signal?.removeEventListener("abort", onAbort);
  }
}
