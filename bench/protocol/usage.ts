/**
 * What a process has used so far.
 *
 * @module
 */

import process from "node:process";

/** What a process has used so far, and what it holds now. */
export interface Usage {
  /** Processor time in seconds, user and system, of all threads. */
  readonly cpu: number;
  /** Resident memory in bytes. */
  readonly rss: number;
  /** Bytes of live JavaScript objects. */
  readonly heap: number;
  /** Bytes of array buffers and what else V8 knows of outside of its heap. */
  readonly external: number;
}

/** Takes the figures of this process. `settle` collects garbage before. */
export async function takeUsage(settle = false): Promise<Usage> {
  if (settle) await collectGarbage();
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = Deno.memoryUsage();
  return { cpu: (user + system) / 1e6, rss, heap: heapUsed, external };
}

/** A few turns between, because what is freed by a finalizer frees more. */
async function collectGarbage(): Promise<void> {
  const { gc } = globalThis as { gc?: () => void };
  for (let i = 0; i < 3; i++) {
    gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
