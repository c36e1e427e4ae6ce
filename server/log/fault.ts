/**
 * What is said of a mistake of our own.
 *
 * @module
 */

import type { Log } from "./log.ts";

/** Writes the line: where it happened, for whoever mends it. */
export function logFault(log: Pick<Log, "event">, error: unknown): void {
  log.event("fault", {
    error: error instanceof Error ? error.stack ?? error.message : String(error),
  });
}
