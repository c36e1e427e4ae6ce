/**
 * When what has come over one transport is acknowledged: with the next payload that goes the other
 * way, and without any after so many bytes or so much time.
 *
 * @module
 */

/** Acknowledged at the latest after this many bytes: half of what is always in flight. */
const MOST_UNACKNOWLEDGED_BYTES = 128 * 1024;

/**
 * Acknowledged early after this many bytes, if the last acknowledgement was a while ago: on a slow
 * line the sender then needs less on its way, behind which everything else waits. On a fast one
 * more comes in meanwhile, and no more is written than without.
 */
const EARLY_UNACKNOWLEDGED_BYTES = 32 * 1024;
const EARLY_AFTER_MS = 1;

/** If nothing more comes, the early one is sent then: the sender may be waiting for it. */
const EARLY_AT_THE_LATEST_MS = 4;

/** Acknowledged at the latest after this time, when we have nothing to write ourselves. */
const ACKNOWLEDGE_AFTER_MS = 1000;

/** Counts what has come, and what of it the peer knows of. */
export class AckSchedule {
  readonly #mostBytes: number;
  /** What the last ACK said. */
  #acknowledged: number;
  /** When it was sent. */
  #acknowledgedAt: number;
  #dueAt = Infinity;

  /** `peerResend` is what the peer leaves unacknowledged at most, `received` what it knows of. */
  constructor(peerResend: number, received: number, now: number) {
    this.#mostBytes = Math.min(MOST_UNACKNOWLEDGED_BYTES, peerResend >>> 2);
    this.#acknowledged = received;
    this.#acknowledgedAt = now;
  }

  /** When the next ACK is due for want of anything to ride on; `Infinity` for never. */
  get dueAt(): number {
    return this.#dueAt;
  }

  /** Whether there is anything to acknowledge. */
  hasNews(received: number): boolean {
    return received > this.#acknowledged;
  }

  /** Whether an ACK must go now, also alone. */
  isDue(received: number, now: number): boolean {
    const bytes = received - this.#acknowledged;
    return bytes >= this.#mostBytes || now >= this.#dueAt ||
      bytes >= EARLY_UNACKNOWLEDGED_BYTES && now - this.#acknowledgedAt >= EARLY_AFTER_MS;
  }

  /** More has come, `received` bytes in all. */
  onReceived(received: number, now: number): void {
    if (this.#dueAt === Infinity) this.#dueAt = now + ACKNOWLEDGE_AFTER_MS;
    if (received - this.#acknowledged < EARLY_UNACKNOWLEDGED_BYTES) return;
    const at = this.#acknowledgedAt + EARLY_AT_THE_LATEST_MS;
    if (at < this.#dueAt) this.#dueAt = at;
  }

  /** An ACK of `received` bytes is about to go. */
  onSent(received: number, now: number): void {
    this.#acknowledged = received;
    this.#acknowledgedAt = now;
    this.#dueAt = Infinity;
  }
}
