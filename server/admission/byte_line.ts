/**
 * One direction of somebody's bytes, at so many a second. What is too much waits its turn;
 * nothing is dropped. One timer for all who wait.
 *
 * @module
 */

import type { Clock, Timer } from "@tun/protocol";

interface Waiting {
  readonly bytes: number;
  readonly go: () => void;
}

/**
 * A line of a certain speed. A piece goes when those before it have been paid for, and is then
 * owed as a whole: so a piece may be larger than a second's worth, and the order is that of
 * coming, whatever stream a piece belongs to.
 */
export class ByteLine {
  readonly #clock: Clock;
  #perSecond: number;
  /** What may go now; below 0 what is owed. At most a second's worth. */
  #credit: number;
  #countedAt: number;
  readonly #waiting = new Set<Waiting>();
  #timer: Timer | undefined;

  /** Makes an idle line. */
  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#credit = perSecond;
    this.#countedAt = clock.now();
  }

  /** Pieces that wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** `undefined` if so many bytes may go now, else a promise for when they may. */
  pass(bytes: number): Promise<void> | undefined {
    this.#count();
    if (this.#waiting.size === 0 && this.#credit > 0) {
      this.#credit -= bytes;
      return undefined;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add({ bytes, go: resolve });
    this.#arm();
    return promise;
  }

  /** Also for those who wait already. */
  setRate(perSecond: number): void {
    this.#count();
    this.#perSecond = perSecond;
    this.#credit = Math.min(this.#credit, perSecond);
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#arm();
  }

  /** Lets everybody go who waits: there is nothing left that their bytes could reach. */
  release(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const { go } of this.#waiting) go();
    this.#waiting.clear();
  }

  #count(): void {
    const now = this.#clock.now();
    const gained = (now - this.#countedAt) / 1000 * this.#perSecond;
    this.#credit = Math.min(this.#perSecond, this.#credit + gained);
    this.#countedAt = now;
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#waiting.size === 0) return;
    const ms = Math.max(1, Math.ceil((1 - this.#credit) / this.#perSecond * 1000));
    this.#timer = this.#clock.schedule(ms, () => {
      this.#timer = undefined;
      this.#letGo();
      this.#arm();
    });
  }

  #letGo(): void {
    this.#count();
    for (const one of this.#waiting) {
      if (this.#credit <= 0) return;
      this.#waiting.delete(one);
      this.#credit -= one.bytes;
      one.go();
    }
  }
}
