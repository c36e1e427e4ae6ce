/**
 * Time, as the protocol sees it. Nothing else in this package asks the platform
 * for it, so that a test can run ten minutes of keep-alives in a millisecond.
 *
 * @module
 */

/** A pending callback; disposing it cancels it. */
export interface Timer extends Disposable {
  /** Cancels the callback; does nothing once it has run. */
  cancel(): void;
}

/** Monotonic time and one-shot timers. */
export interface Clock {
  /** Milliseconds since some fixed point; never goes back. */
  now(): number;
  /** Runs `callback` once, `ms` milliseconds from now. */
  schedule(ms: number, callback: () => void): Timer;
}

class SystemTimer implements Timer {
  readonly #id: ReturnType<typeof setTimeout>;

  constructor(ms: number, callback: () => void) {
    this.#id = setTimeout(callback, ms);
  }

  cancel(): void {
    clearTimeout(this.#id);
  }

  [Symbol.dispose](): void {
    this.cancel();
  }
}

/** The platform's clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule: (ms, callback) => new SystemTimer(ms, callback),
};

/**
 * Waits for `ms` milliseconds on `clock`.
 *
 * @throws The signal's reason, as soon as it is aborted.
 */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.schedule(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
