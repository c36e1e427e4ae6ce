/**
 * Keys for masking: a fresh one for each frame, which nobody can foretell (RFC 6455, 10.3).
 *
 * @module
 */

const KEY_BYTES = 4;

/** Asking the platform for four bytes at a time would cost more than a small frame does. */
const KEYS_AT_ONCE = 1024;

/** Gives out random keys, which it gets from the platform in bulk. */
export class MaskKeys {
  readonly #random = new Uint8Array(KEYS_AT_ONCE * KEY_BYTES);
  #used: number = this.#random.length;

  /** A key that was never given out before; valid until the next call. */
  next(): Uint8Array {
    if (this.#used === this.#random.length) {
      crypto.getRandomValues(this.#random);
      this.#used = 0;
    }
    return this.#random.subarray(this.#used, this.#used += KEY_BYTES);
  }
}
