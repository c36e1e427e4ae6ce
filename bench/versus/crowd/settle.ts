/**
 * The memory that a process holds once the garbage is out.
 *
 * @module
 */

/** Bytes. */
export interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
}

const COLLECTIONS = 5;

const PAUSE_MS = 100;

/** Collects garbage some times, because what a finalizer frees frees more, and looks. */
export async function settle(): Promise<Memory> {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new TypeError("Cannot settle without --expose-gc");
  for (let i = 0; i < COLLECTIONS; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  const { rss, heapUsed, external } = Deno.memoryUsage();
  return { rss, heapUsed, external };
}
