/**
 * What is logged of a session says whose it is.
 *
 * @module
 */

import type { Log } from "../log/log.ts";

/** The log of one session. */
export class SessionLog {
  readonly #log: Log;
  readonly #fields: () => Readonly<Record<string, string>>;

  /** Puts `fields`, as they are by then, into every line. */
  constructor(log: Log, fields: () => Readonly<Record<string, string>>) {
    this.#log = log;
    this.#fields = fields;
  }

  /** Logs an event. */
  event(...[name, fields = {}]: Parameters<Log["event"]>): void {
    this.#log.event(name, { ...this.#fields(), ...fields });
  }
}
