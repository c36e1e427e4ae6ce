/**
 * What a path carries on average, where `path_estimate.ts` wants what it can carry at best: over
 * spans so long that it does not matter when the turns of two event loops were.
 *
 * @module
 */

/** On a line of 200 Mbit/s the best of samples of 6 ms was twice what the line carries. */
const SPAN_MS = 20;

/** The best span of this time and of the one before counts: others send too. */
const PERIOD_MS = 250;

/** Measures one direction of one transport. */
export class SteadyRate {
  #offset = 0;
  #startedAt = 0;
  #best = 0;
  #previous = 0;
  #periodStart = 0;

  /** Bytes a millisecond; 0 as long as it is not known. */
  get bytesPerMs(): number {
    return Math.max(this.#best, this.#previous);
  }

  /** The peer has `offset`, and the line was not busy until now. */
  restart(offset: number, now: number): void {
    this.#offset = offset;
    this.#startedAt = now;
  }

  /** The peer has `offset`, and the line has been busy since this was said last. */
  add(offset: number, now: number): void {
    const elapsed = now - this.#startedAt;
    if (elapsed < SPAN_MS) return;
    if (now - this.#periodStart > PERIOD_MS) {
      this.#periodStart = now;
      this.#previous = this.#best;
      this.#best = 0;
    }
    this.#best = Math.max(this.#best, (offset - this.#offset) / elapsed);
    this.restart(offset, now);
  }
}
