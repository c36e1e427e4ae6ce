/**
 * The clocks of one visitor's connection. Each is the time at which somebody is
 * late, or `Infinity`; starting and stopping one is writing a number.
 *
 * @module
 */

/** Who can be late; the first counts if several are. */
export const ClockName = {
  /** The tunnel, with the head of the response. */
  response: 0,
  /** The visitor, with taking what we send. */
  taking: 1,
  /** The visitor, with the body that it has announced. */
  body: 2,
  /** The visitor, which has ended its side, with any sign of being there. */
  leaving: 3,
  /** The visitor, with the head of a request, or with any request at all. */
  head: 4,
} as const;

/** One of the clocks. */
export type ClockName = typeof ClockName[keyof typeof ClockName];

/** The clocks. */
export class VisitorClocks {
  readonly #now: () => number;
  /** Numbers in memory of their own: as fields, each start would leave an object behind. */
  readonly #lateAt = new Float64Array(5).fill(Infinity);

  /** Makes clocks that stand still. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** From now on there are `ms` milliseconds. */
  start(name: ClockName, ms: number): void {
    this.#lateAt[name] = this.#now() + ms;
  }

  /** Starts anew if it is running. */
  restart(name: ClockName, ms: number): void {
    if (this.#lateAt[name] !== Infinity) this.start(name, ms);
  }

  /** Nobody can be late any more. */
  stop(name: ClockName): void {
    this.#lateAt[name] = Infinity;
  }

  /** Stops all of them. */
  stopAll(): void {
    const all = this.#lateAt;
    for (let name = 0; name < all.length; name++) all[name] = Infinity;
  }

  /** Gives everybody `ms` more: so long nothing could move. */
  postpone(ms: number): void {
    const all = this.#lateAt;
    for (let name = 0; name < all.length; name++) all[name]! += ms;
  }

  /** Which clock has run out, if one has. */
  late(now: number): ClockName | undefined {
    const all = this.#lateAt;
    for (let name = 0; name < all.length; name++) {
      if (all[name]! <= now) return name as ClockName;
    }
    return undefined;
  }
}
