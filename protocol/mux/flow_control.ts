/**
 * Credit: who may send how much on a stream. Pure arithmetic.
 *
 * The receiver grants; the sender never sends more than was granted. There is no
 * window for the whole session on the wire, because one would let a single
 * stalled reader stop everybody else. Instead the receiver sees to it that the
 * sum of what it has granted stays within its own budget: every new stream gets
 * the initial window, and only streams that are read from grow.
 *
 * @module
 */

import { ProtocolError } from "../errors.ts";
import { MAX_WINDOW } from "../limits.ts";

/** What we may still send on one stream. */
export class SendWindow {
  #available: number;
  #spent = 0;

  /** Starts with what the peer lets new streams send unasked. */
  constructor(initial: number) {
    this.#available = initial;
  }

  /** Bytes that may be sent now. */
  get available(): number {
    return this.#available;
  }

  /** Bytes that were sent since the beginning. */
  get spent(): number {
    return this.#spent;
  }

  /** Notes that `bytes`, at most what is available, were sent. */
  take(bytes: number): void {
    this.#available -= bytes;
    this.#spent += bytes;
  }

  /**
   * Adds a grant of the peer.
   *
   * @throws {ProtocolError} `flow_violation`, if the sum exceeds what a window may be.
   */
  grant(bytes: number): void {
    this.#available += bytes;
    if (this.#available > MAX_WINDOW) {
      throw new ProtocolError("flow_violation", "Cannot take a grant beyond the largest window");
    }
  }
}

/** Growth beyond the initial windows that the streams of a session share, or the sessions of a process. */
export class GrowthBudget {
  readonly #total: number;
  #whole: GrowthBudget | undefined;
  #used = 0;

  /** Starts unused; what is taken is taken of `whole`, too, if it is given. */
  constructor(total: number, whole?: GrowthBudget) {
    this.#total = total;
    this.#whole = whole;
  }

  /** Bytes granted beyond the initial windows. */
  get used(): number {
    return this.#used;
  }

  /**
   * Lets a stream (or a session) that has `excess` grow by up to `wanted`, so that its
   * excess stays within what remains for others: each gets a fair share without anybody
   * counting them, and one that stalls cannot have taken all.
   */
  take(wanted: number, excess: number): number {
    const remaining = this.#total - this.#used;
    const fair = Math.floor((remaining - excess) / 2);
    let taken = Math.max(0, Math.min(wanted, fair));
    if (taken > 0 && this.#whole !== undefined) taken = this.#whole.take(taken, this.#used);
    this.#used += taken;
    return taken;
  }

  /** Returns growth. */
  give(bytes: number): void {
    this.#used -= bytes;
    this.#whole?.give(bytes);
  }

  /** Returns all there is to the whole: the session is over. */
  [Symbol.dispose](): void {
    this.#whole?.give(this.#used);
    this.#whole = undefined;
  }
}

/**
 * For all sessions of the process: eight that use all of theirs. Without it, somebody who may have
 * many sessions could make us hold as many times `Limits.growthBudget`.
 */
const PROCESS_GROWTH_BYTES = 256 * 1024 * 1024;

/** What the sessions of this process share. */
export const processGrowth: GrowthBudget = new GrowthBudget(PROCESS_GROWTH_BYTES);

/** What a window is tuned by. */
export interface Tuning {
  /** The time, in milliseconds. */
  readonly now: number;
  /** The least round trip of the link in milliseconds; `Infinity` when unknown. */
  readonly roundTripMs: number;
}

/** A grant goes out after this many bytes at the latest, so that a large window flows evenly. */
const MOST_UNGRANTED_BYTES = 256 * 1024;

/**
 * On loopback a round trip is shorter than a turn of the event loop, which is what
 * a reader really waits for.
 */
const LEAST_ROUND_TRIP_MS = 1;

/**
 * A window that is read within so many round trips may be what limits the sender.
 * Grants come after half a window, so as little as that is drained in a round
 * trip, and on a busy machine one takes two or three times as long as the least
 * one: with 4 here, windows over a line of 50 ms stayed at 256 KiB for seconds.
 */
const FAST_ROUND_TRIPS = 8;

/** A reader that takes longer than this many round trips for a window gets a smaller one. */
const SLOW_ROUND_TRIPS = 64;
const SLOW_MS = 2000;

/** What the peer may still send on one stream, and when it is granted more. */
export class ReceiveWindow {
  readonly #initial: number;
  readonly #most: number;
  readonly #budget: GrowthBudget;
  #size: number;
  /** Bytes that the peer may still send. */
  #granted: number;
  /** Bytes that were read and not granted again. */
  #ungranted = 0;
  /** Bytes that were read since `#since`. */
  #drained = 0;
  #since: number;
  #received = 0;
  /** Bytes in our hands after the end; `undefined` before. */
  #left: number | undefined;

  /** Starts with the initial window, which needs no grant. */
  constructor(initial: number, most: number, budget: GrowthBudget, now: number) {
    this.#initial = initial;
    this.#most = most;
    this.#budget = budget;
    this.#size = initial;
    this.#granted = initial;
    this.#since = now;
  }

  /** Bytes that the peer may have in flight or in our hands. */
  get size(): number {
    return this.#size;
  }

  /** Bytes that came in since the beginning. */
  get received(): number {
    return this.#received;
  }

  /**
   * Notes that `bytes` came in.
   *
   * @throws {ProtocolError} `flow_violation`, if they were not granted.
   */
  receive(bytes: number): void {
    this.#received += bytes;
    this.#granted -= bytes;
    if (this.#granted < 0) {
      throw new ProtocolError("flow_violation", "Cannot take more bytes than were granted");
    }
  }

  /** Notes that `bytes` were read, and returns what to grant for it; mostly 0. */
  consume(bytes: number, tuning: Tuning): number {
    if (this.#left !== undefined) {
      this.#keep(this.#left - bytes);
      return 0;
    }
    this.#ungranted += bytes;
    this.#drained += bytes;
    if (this.#ungranted < Math.min(this.#size >>> 1, MOST_UNGRANTED_BYTES)) return 0;
    this.#tune(tuning);
    const grant = Math.max(0, this.#ungranted);
    this.#ungranted -= grant;
    this.#granted += grant;
    return grant;
  }

  /**
   * The peer sends no more. Growth goes back to the session as far as nothing is
   * held in it, and the rest as it is read: what is in our hands stays counted.
   */
  end(): void {
    this.#keep(this.#size - this.#granted - this.#ungranted);
  }

  /** Nothing that came in is wanted any more: returns all growth to the session. */
  close(): void {
    this.#keep(0);
  }

  #keep(held: number): void {
    this.#left = Math.max(0, held);
    const size = Math.min(this.#size, Math.max(this.#initial, this.#left));
    this.#budget.give(this.#size - size);
    this.#size = size;
  }

  /**
   * Doubles the window if a whole one was read within few round trips, for then
   * it is what limits the sender; halves it if that took very long.
   */
  #tune({ now, roundTripMs }: Tuning): void {
    if (this.#drained < this.#size) return;
    const elapsed = now - this.#since;
    const roundTrip = Math.max(roundTripMs, LEAST_ROUND_TRIP_MS);
    this.#drained = 0;
    this.#since = now;
    if (roundTrip === Infinity) return;
    if (elapsed <= FAST_ROUND_TRIPS * roundTrip) this.#grow();
    else if (elapsed > Math.max(SLOW_ROUND_TRIPS * roundTrip, SLOW_MS)) this.#shrink();
  }

  #grow(): void {
    const wanted = Math.min(this.#size, this.#most - this.#size);
    const growth = this.#budget.take(wanted, this.#size - this.#initial);
    this.#size += growth;
    this.#ungranted += growth;
  }

  #shrink(): void {
    const less = Math.min(this.#size >>> 1, this.#size - this.#initial);
    this.#size -= less;
    this.#ungranted -= less;
    this.#budget.give(less);
  }

  /** For tests: throws if the numbers contradict each other. */
  checkInvariants(held: number): void {
    const accounted = this.#granted + held + this.#ungranted;
    if (accounted !== this.#size || this.#granted < 0 || this.#size < this.#initial) {
      throw new Error(
        `Window of ${this.#size} bytes: ${this.#granted} granted, ${held} held, ${this.#ungranted} not granted`,
      );
    }
  }
}
