/**
 * Randomness that is the same in every run.
 *
 * @module
 */

/** A seeded source of numbers (Tommy Ettinger's mulberry32). */
export class SeededRandom {
  #state: number;

  /** Starts at `seed`. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 up to, but not, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `least` to `most`. */
  int(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** A whole number from 0 to `most`, small ones as likely as large ones. */
  size(most: number): number {
    return Math.floor(2 ** (this.next() * Math.log2(most + 1))) - 1;
  }

  /** One of `values`. */
  pick<T>(values: readonly T[]): T {
    return values[this.int(0, values.length - 1)]!;
  }

  /** So many bytes. */
  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.int(0, 255));
  }

  /** So many Latin-1 characters. */
  text(length: number): string {
    return String.fromCharCode(...this.bytes(length));
  }
}
