/**
 * Decisions of a simulation, taken from a string of bytes.
 *
 * @module
 */

/** Reads decisions until there are none left; then every decision is 0. */
export class Tape {
  readonly #bytes: Uint8Array;
  #at = 0;

  /** Starts at the beginning. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** True when everything was read. */
  get isOver(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** A number from 0 to 255. */
  byte(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  /** A number from 0 to `limit - 1`; one byte if that is enough. */
  below(limit: number): number {
    return (limit <= 256 ? this.byte() : this.byte() << 8 | this.byte()) % limit;
  }

  /** True in `of256` of 256 cases. */
  chance(of256: number): boolean {
    return this.byte() < of256;
  }

  /** A number from 0 to `most`, as likely small as large. */
  size(most: number): number {
    const fraction = (this.byte() << 8 | this.byte()) / 0x1_0000;
    return Math.floor(2 ** (fraction * Math.log2(most + 2))) - 1;
  }

  /** One of `list`. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}
