/**
 * Heads are outside of flow control, so a session has a budget for those that nobody has read yet.
 *
 * @module
 */

import type { HeadCounter } from "./stream.ts";

/** Counts heads against a budget. */
export class HeadBudget implements HeadCounter {
  readonly #most: number;
  #bytes = 0;

  /** At most so many bytes. */
  constructor(most: number) {
    this.#most = most;
  }

  /** False if there is no room for so many more. */
  add(bytes: number): boolean {
    if (this.#bytes + bytes > this.#most) return false;
    this.#bytes += bytes;
    return true;
  }

  /** So many have been read. */
  subtract(bytes: number): void {
    this.#bytes -= bytes;
  }
}
