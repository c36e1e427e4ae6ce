/**
 * How fast the path is, and how much may be on its way at once.
 *
 * Whatever was handed to the transport can no longer be overtaken. So no more
 * than twice what the path needs to stay busy goes unacknowledged: rate times
 * round trip, as in BBR, but with acknowledgements of our own, because no API
 * tells what TCP knows. Behind a bottleneck of 20 Mbit/s a small frame then waits
 * 0.1 s instead of 1.4 s, at the same throughput.
 *
 * A slow and short path needs less than two acknowledgements of 128 KiB, and they are 10 ms
 * of 200 Mbit/s. A peer that acknowledges sooner there (`early_peer.ts`) is sent less: twice what the
 * path carries on average (`steady_rate.ts`) in a round trip.
 *
 * While the rate still grows, more is allowed: what twice the rate needs goes out as
 * well, or else every acknowledgement that is late by a turn of a busy event loop would
 * end the growth.
 *
 * The rate is the best of the last two periods, counted only while the sender
 * had more to send: an idle moment says nothing about the path. The round trip
 * is the least of the last few pings, and of acknowledgements since. A busy
 * sender only ever sees round trips that contain its own queue, so when the last
 * ping is {@linkcode ROUND_TRIP_LIFE_MS} old, the queue is let run empty for one.
 *
 * @module
 */

import { EarlyPeer } from "./early_peer.ts";
import { SteadyRate } from "./steady_rate.ts";

/** Unacknowledged bytes that are always allowed: two acknowledgements' worth. */
export const LEAST_IN_FLIGHT_BYTES: number = 256 * 1024;

/**
 * The same where the peer acknowledges early and the rate is steady: three of such
 * acknowledgements' worth, and what the path carries in a turn of an event loop or two.
 */
export const LEAST_IN_FLIGHT_IF_EARLY_BYTES: number = 96 * 1024;
const LEAST_IN_FLIGHT_MS = 4;

/** A round trip older than this is measured anew; routes change. */
export const ROUND_TRIP_LIFE_MS = 30_000;

/** Before the round trip is measured, no more than this may be on its way. */
export const QUIET_IN_FLIGHT_BYTES: number = 64 * 1024;

/**
 * On loopback a round trip is shorter than the turn of an event loop that acknowledges.
 * It matters beyond 2 Gbit/s only: less is always allowed.
 */
const LEAST_ROUND_TRIP_MS = 0.5;

/** So many pings are remembered: one that was delayed by chance must not count alone. */
const PINGS_REMEMBERED = 3;

/**
 * A round trip of more than twice the least one remembered is chance, or a new
 * route: we ask again this soon, or a route that got longer would be starved until
 * all that is remembered is of age.
 */
const DOUBTED_LIFE_MS = 2000;

/** A mark is set at most every so many bytes, to bound their number. */
const BYTES_PER_MARK = 32 * 1024;

/** A period of the rate's maximum lasts this many round trips, and at least {@linkcode LEAST_PERIOD_MS}. */
const ROUND_TRIPS_PER_PERIOD = 8;
const LEAST_PERIOD_MS = 200;

/** What is needed to keep the path busy, so many times, may be on its way. */
const GAIN = 2;

/** The same while the rate grows; as in BBR, enough to double it with each round trip. */
const GAIN_WHILE_GROWING = 2.9;

/** The rate has stopped growing when it is not a quarter more after so many round trips. */
const GROWTH = 1.25;
const FLAT_ROUND_TRIPS = 3;

/** The state of the path when the byte before `offset` was sent. */
interface Mark {
  readonly offset: number;
  readonly sentAt: number;
  readonly acknowledged: number;
  readonly acknowledgedAt: number;
  readonly busy: boolean;
}

/** Measures one direction of one transport. */
export class PathEstimate {
  readonly #most: number;
  #marks: Mark[] = [];
  #acknowledged: number;
  #acknowledgedAt: number;
  #lastMark = 0;
  #bestRate = 0;
  #previousRate = 0;
  /** The rate when it had grown last, and the round trips since. */
  #grownRate = 0;
  #flatRoundTrips = 0;
  /** Where the round trip ends that is under way. */
  #roundTripEnd = 0;
  #periodStart: number;
  #roundTrip = Infinity;
  #roundTripAt: number;
  /** The most that one acknowledgement of the present read brought while there was more to send. */
  #busyStep = 0;
  readonly #steady = new SteadyRate();
  readonly #peer = new EarlyPeer();
  readonly #pings: number[] = [];

  /** Starts at `offset`, knowing nothing; `most` bytes are never exceeded. */
  constructor(offset: number, most: number, now: number) {
    this.#most = most;
    this.#acknowledged = offset;
    this.#acknowledgedAt = now;
    this.#periodStart = now;
    this.#roundTripAt = now;
    this.#lastMark = offset - BYTES_PER_MARK;
    this.#roundTripEnd = offset;
  }

  /** The least round trip of late, in milliseconds; `Infinity` before the first. */
  get roundTripMs(): number {
    return this.#roundTrip;
  }

  /** Bytes per second that lately arrived, at best. */
  get bytesPerSecond(): number {
    return Math.max(this.#bestRate, this.#previousRate) * 1000;
  }

  /** True when the round trip is due to be measured with an empty queue. */
  isStale(now: number): boolean {
    return now - this.#roundTripAt > ROUND_TRIP_LIFE_MS;
  }

  /** How many bytes may be unacknowledged now. */
  allowance(now: number): number {
    if (this.isStale(now)) return Math.min(QUIET_IN_FLIGHT_BYTES, this.#most);
    return Math.min(this.#leanAllowance() ?? this.#fullAllowance(), this.#most);
  }

  #fullAllowance(): number {
    const rate = Math.max(this.#bestRate, this.#previousRate);
    const gain = this.#isFlat ? GAIN : GAIN_WHILE_GROWING;
    const wanted = rate === 0 ? 0 : gain * rate * Math.max(this.#roundTrip, LEAST_ROUND_TRIP_MS);
    return Math.max(wanted, LEAST_IN_FLIGHT_BYTES);
  }

  /** Less than otherwise, for a path that is known to need less; else `undefined`. */
  #leanAllowance(): number | undefined {
    const rate = this.#steady.bytesPerMs;
    if (rate === 0 || !this.#isFlat || !this.#peer.isKnown) return undefined;
    const wanted = Math.max(GAIN * this.#roundTrip, LEAST_IN_FLIGHT_MS) * rate;
    if (wanted >= LEAST_IN_FLIGHT_BYTES) return undefined;
    return Math.max(wanted, LEAST_IN_FLIGHT_IF_EARLY_BYTES);
  }

  /** True when the rate has stopped growing. */
  get #isFlat(): boolean {
    return this.#flatRoundTrips >= FLAT_ROUND_TRIPS;
  }

  /** Bytes up to `offset` went out; `busy` if there was more to send behind them. */
  onSent(offset: number, busy: boolean, now: number): void {
    if (offset - this.#lastMark < BYTES_PER_MARK && this.#marks.length > 0) return;
    if (this.#marks.length === 0) {
      this.#acknowledgedAt = now;
      this.#steady.restart(this.#acknowledged, now);
    }
    this.#lastMark = offset;
    this.#marks.push({
      offset,
      sentAt: now,
      acknowledged: this.#acknowledged,
      acknowledgedAt: this.#acknowledgedAt,
      busy,
    });
  }

  /** The peer has everything up to `offset`. */
  onAcknowledged(offset: number, now: number): void {
    if (offset <= this.#acknowledged) return;
    const step = offset - this.#acknowledged;
    this.#acknowledged = offset;
    this.#acknowledgedAt = now;
    let reached: Mark | undefined;
    let passed = 0;
    while (passed < this.#marks.length && this.#marks[passed]!.offset <= offset) {
      reached = this.#marks[passed++];
    }
    if (reached === undefined) return;
    this.#marks.splice(0, passed);
    if (reached.busy) {
      this.#busyStep = Math.max(this.#busyStep, step);
      this.#steady.add(offset, now);
    } else {
      this.#steady.restart(offset, now);
    }
    if (!this.isStale(now)) this.#roundTrip = Math.min(this.#roundTrip, now - reached.sentAt);
    this.#addRate(offset, reached, now);
    if (reached.busy && offset >= this.#roundTripEnd) this.#lookForGrowth();
  }

  /**
   * A read of the transport is done, and brought no payload if `alone`: what it acknowledged did
   * not just ride along. A peer that waits for as many bytes as it may must be given as many, or
   * else it waits for more and we for it.
   */
  onRead(alone: boolean): void {
    const bytes = this.#busyStep;
    if (bytes === 0) return;
    this.#busyStep = 0;
    if (alone) this.#peer.onLone(bytes);
  }

  /** A ping came back after `ms`, with little else on its way. */
  onRoundTrip(ms: number, now: number): void {
    this.#pings.push(ms);
    if (this.#pings.length > PINGS_REMEMBERED) this.#pings.shift();
    this.#roundTrip = Math.min(...this.#pings);
    const isDoubtful = ms > 2 * this.#roundTrip;
    this.#roundTripAt = isDoubtful ? now - ROUND_TRIP_LIFE_MS + DOUBTED_LIFE_MS : now;
  }

  /** Once a round trip. */
  #lookForGrowth(): void {
    this.#roundTripEnd = this.#lastMark;
    if (this.#bestRate >= GROWTH * this.#grownRate) {
      this.#grownRate = this.#bestRate;
      this.#flatRoundTrips = 0;
    } else {
      this.#flatRoundTrips++;
    }
  }

  #addRate(offset: number, mark: Mark, now: number): void {
    const elapsed = now - mark.acknowledgedAt;
    if (elapsed <= 0) return;
    const rate = (offset - mark.acknowledged) / elapsed;
    if (mark.busy) {
      const period = Math.max(ROUND_TRIPS_PER_PERIOD * this.#roundTrip, LEAST_PERIOD_MS);
      if (now - this.#periodStart > period && Number.isFinite(period)) {
        this.#periodStart = now;
        this.#previousRate = this.#bestRate;
        this.#bestRate = 0;
      }
    }
    if (mark.busy || rate > this.#bestRate) this.#bestRate = Math.max(this.#bestRate, rate);
  }
}
