/**
 * Connections to the app that wait for the next request.
 *
 * @module
 */

import { AppConnection } from "./app_connection.ts";
import type { TargetDialer } from "./target_dialer.ts";

/** Apps close idle connections after 5 s (Node.js) to 75 s (nginx); this is for those that never do. */
const IDLE_MS = 60_000;

/** Keeps and makes connections. */
export class AppPool {
  readonly #dialer: TargetDialer;
  readonly #mostIdle: number;
  /** The one used last is at the end, and taken first: it is the least likely to be closed. */
  readonly #idle: AppConnection[] = [];
  #isClosed = false;

  /**
   * Makes an empty pool. As many connections may wait as there can be requests at once: a burst
   * finds its connections again.
   */
  constructor(dialer: TargetDialer, mostIdle: number) {
    this.#dialer = dialer;
    this.#mostIdle = mostIdle;
  }

  /** The app, for people. */
  get label(): string {
    return this.#dialer.label;
  }

  /** How many wait. */
  get idle(): number {
    return this.#idle.length;
  }

  /** A connection that has waited for at most `maxIdleMs`, if there is one. */
  take(maxIdleMs: number, now: number): AppConnection | undefined {
    const connection = this.#idle.at(-1);
    if (connection === undefined || now - connection.idleSince > maxIdleMs) return undefined;
    this.#idle.pop();
    connection.wake();
    return connection;
  }

  /**
   * A new connection.
   *
   * @throws {AppProblem} If there is none to be had.
   */
  async dial(signal: AbortSignal): Promise<AppConnection> {
    return new AppConnection(await this.#dialer.dial(signal));
  }

  /** Takes back a connection on which a response has just ended in good order. */
  give(connection: AppConnection, now: number): void {
    if (this.#isClosed || this.#idle.length >= this.#mostIdle) return connection.close();
    this.#idle.push(connection);
    connection.rest(now, this.#onDead);
  }

  /** Closes what nobody has wanted for long. */
  sweep(now: number): void {
    const young = this.#idle.findIndex(({ idleSince }) => now - idleSince < IDLE_MS);
    for (const old of this.#idle.splice(0, young < 0 ? this.#idle.length : young)) old.close();
  }

  /** Closes what waits, and what is given back later. */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#idle.splice(0)) connection.close();
  }

  readonly #onDead = (connection: AppConnection): void => {
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
  };
}
