/**
 * Randomness that can be had again: the same seed, the same numbers, on every
 * machine and in every version of the platform.
 *
 * @module
 */

/** Numbers from a seed, by Tommy Ettinger's mulberry32: small, fast, and good enough for tests. */
export class SeededRandom {
  #state: number;

  /** Starts at `seed`, of which 32 bits count. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** The next 32 bits. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** A number from 0 up to, but not, 1. */
  fraction(): number {
    return this.next() / 2 ** 32;
  }

  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number {
    return Math.floor(this.next() / 2 ** 32 * limit);
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** A whole number from 0 to `most`, as likely small as large: its logarithm is what is even. */
  size(most: number): number {
    return Math.floor(2 ** (this.next() / 2 ** 32 * Math.log2(most + 2))) - 1;
  }

  /** The same from `least`, which is 1 or more. */
  sizeFrom(least: number, most: number): number {
    return Math.min(most, Math.floor(least * (most / least) ** (this.next() / 2 ** 32)));
  }

  /** True with a probability of `probability`. */
  chance(probability: number): boolean {
    return this.next() < probability * 2 ** 32;
  }

  /** One of `list`. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** So many bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length;) {
      let word = this.next();
      for (const end = Math.min(length, at + 4); at < end; word >>>= 8) bytes[at++] = word;
    }
    return bytes;
  }

  /** So many Latin-1 characters. */
  text(length: number): string {
    return String.fromCharCode(...this.bytes(length));
  }
}

/** One seed of several numbers, so that neighbours have nothing in common. */
export function mixSeeds(...numbers: readonly number[]): number {
  let mixed = 0x9e3779b9;
  for (const number of numbers) {
    mixed = Math.imul(mixed ^ number, 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    mixed ^= mixed >>> 16;
  }
  return mixed >>> 0;
}

/** A seed that depends on every byte (FNV-1a). */
export function seedOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}
