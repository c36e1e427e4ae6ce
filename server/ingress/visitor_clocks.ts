/**
 * The clocks of one visitor's connection. Each is the time at which somebody is
 * late, or `Infinity`; starting and stopping one is writing a number.
 *
 * @module
 */

/** Who can be late. */
export type ClockName =
  /** The visitor, with the head of a request, or with any request at all. */
  | "head"
  /** The visitor, with the body that it has announced. */
  | "body"
  /** The visitor, with taking what we send. */
  | "taking"
  /** The visitor, which has ended its side, with any sign of being there. */
  | "leaving"
  /** The tunnel, with the head of the response. */
  | "response";

/** The clocks. */
export class VisitorClocks {
  readonly #now: () => number;
  readonly #lateAt: Record<ClockName, number> = {
    head: Infinity,
    body: Infinity,
    taking: Infinity,
    leaving: Infinity,
    response: Infinity,
  };

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
    all.head =
      all.body =
      all.taking =
      all.leaving =
      all.response =
        Infinity;
  }

  /** Gives everybody `ms` more: so long nothing could move. */
  postpone(ms: number): void {
    const all = this.#lateAt;
    all.head += ms;
    all.body += ms;
    all.taking += ms;
    all.leaving += ms;
    all.response += ms;
  }

  /** Which clock has run out, if one has. */
  late(now: number): ClockName | undefined {
    const all = this.#lateAt;
    if (all.response <= now) return "response";
    if (all.taking <= now) return "taking";
    if (all.body <= now) return "body";
    if (all.leaving <= now) return "leaving";
    return all.head <= now ? "head" : undefined;
  }
}
