/**
 * Holds a response to the length that it announced: a tenant must not desync a
 * connection that visitors share.
 *
 * @module
 */

import { StreamReset } from "@tun/protocol";
import type { ResponseHead } from "@tun/protocol/http1";

/** Counts the bytes of one response's body. */
export class LengthCheck {
  #left: number;
  readonly #isExact: boolean;

  /** Reads in the head how many there must be. */
  constructor(head: ResponseHead, method: string) {
    const framing = head.framing(method);
    this.#isExact = framing.kind === "length" || framing.kind === "none";
    this.#left = framing.kind === "length" ? framing.length : this.#isExact ? 0 : Infinity;
  }

  /**
   * There are `bytes` more.
   *
   * @throws {StreamReset} If those are too many.
   */
  take(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw new StreamReset("bad_body", "local");
  }

  /**
   * There are no more.
   *
   * @throws {StreamReset} If there should have been.
   */
  end(): void {
    if (this.#isExact && this.#left > 0) throw new StreamReset("bad_body", "local");
  }
}
