/**
 * Peers that nobody knows yet, and how many there may be: those that have not said anything, and
 * those whose credential is being checked.
 *
 * @module
 */

import type { Transport } from "../transport/transport.ts";

/** A record of at most 16 KiB is held for each: 16 MiB, whoever they are. */
const MOST_NEWCOMERS = 1024;

/** Bounds what strangers can make a host hold. */
export class Newcomers {
  readonly #most: number;
  /** Transports on which no record has come yet, oldest first. */
  readonly #silent = new Set<Transport>();
  #checking = 0;

  /** At most so many of either kind. */
  constructor(most: number = MOST_NEWCOMERS) {
    this.#most = most;
  }

  /** True while no more credentials can be checked. */
  get isBusy(): boolean {
    return this.#checking >= this.#most;
  }

  /** Waits for what `transport` has to say, at the cost of who has been silent for longest. */
  listen(transport: Transport): void {
    this.#silent.add(transport);
    if (this.#silent.size <= this.#most) return;
    const oldest: Transport = this.#silent.values().next().value!;
    this.#silent.delete(oldest);
    oldest.close();
  }

  /** It has said something, or never will. */
  stopListening(transport: Transport): void {
    this.#silent.delete(transport);
  }

  /** Counts a credential as being checked until `check` has settled. */
  async whileChecking<Result>(check: () => Promise<Result>): Promise<Result> {
    this.#checking++;
    try {
      return await check();
    } finally {
      this.#checking--;
    }
  }
}
