/**
 * When to ask whether the peer is there, and when to stop believing in it.
 * Takes times and returns decisions; any byte from the peer is a sign of life.
 *
 * @module
 */

/** What is to be done about the silence, and until when nothing is. */
export type KeepaliveDecision =
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "ping"; readonly ms: number }
  | { readonly kind: "dead" };

/** Watches the silence on one transport. */
export class Keepalive {
  readonly #pingAfterMs: number;
  readonly #deadAfterMs: number;
  #heardAt: number;
  /** We ask once in a silence: an answer would end it. */
  #asked = false;

  /** Starts with a sign of life at `now`. */
  constructor(pingAfterMs: number, deadAfterMs: number, now: number) {
    this.#pingAfterMs = pingAfterMs;
    this.#deadAfterMs = deadAfterMs;
    this.#heardAt = now;
  }

  /** Something came from the peer. */
  onHeard(now: number): void {
    this.#heardAt = now;
    this.#asked = false;
  }

  /** Decides what the silence up to `now` calls for. */
  decide(now: number): KeepaliveDecision {
    const silence = now - this.#heardAt;
    if (silence >= this.#deadAfterMs) return { kind: "dead" };
    if (this.#asked) return { kind: "wait", ms: this.#deadAfterMs - silence };
    if (silence < this.#pingAfterMs) return { kind: "wait", ms: this.#pingAfterMs - silence };
    this.#asked = true;
    return { kind: "ping", ms: this.#deadAfterMs - silence };
  }
}
