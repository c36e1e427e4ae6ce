/**
 * Waiting for something to become true, with a deadline.
 *
 * @module
 */

import { RuleBroken } from "./rule.ts";

/** Something whose changes can be waited for. */
export class Watch {
  readonly #waiters = new Set<() => void>();
  readonly #describe: () => string;
  #failure: Error | undefined;

  /** Makes a watch; `describe` says what happened lately, for failures. */
  constructor(describe: () => string) {
    this.#describe = describe;
  }

  /** Something has changed. */
  changed(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }

  /** Everything that waits, and will, fails. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.changed();
  }

  /**
   * Waits until `probe` gives something else than `undefined` or `false`.
   *
   * @throws {RuleBroken} If that takes longer than `ms`.
   */
  until<T>(probe: () => T | undefined | false, what: string, ms: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        this.#waiters.delete(look);
        act();
      };
      const look = () => {
        const value = probe();
        if (value !== undefined && value !== false) return settle(() => resolve(value));
        if (this.#failure !== undefined) settle(() => reject(this.#failure));
      };
      const timer = setTimeout(() => {
        const came = `nothing of the kind within ${ms} ms\n${this.#describe()}`;
        settle(() => reject(new RuleBroken(`expected: ${what}\ncame:     ${came}`)));
      }, ms);
      this.#waiters.add(look);
      look();
    });
  }

  /** Waits for `ms`, and fails if what must not happen does. */
  async quiet(ms: number): Promise<void> {
    await pause(ms);
    if (this.#failure !== undefined) throw this.#failure;
  }
}

/** Lets time pass. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
