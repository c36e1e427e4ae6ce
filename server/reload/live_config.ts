/**
 * The configuration in force. Parts that can change while the server runs read it when they need
 * it, or are told.
 *
 * @module
 */

import type { ServerConfig } from "../config.ts";

/** Takes on a configuration; it has been checked, so this cannot fail. */
export type TakeOn = (next: ServerConfig) => void;

/** What is in force. */
export class LiveConfig {
  readonly #parts: TakeOn[] = [];
  #current: ServerConfig;

  /** Begins with what the server is started with. */
  constructor(config: ServerConfig) {
    this.#current = config;
  }

  /** What is in force now. */
  get current(): ServerConfig {
    return this.#current;
  }

  /** Tells a part of every configuration that comes into force. */
  onChange(takeOn: TakeOn): void {
    this.#parts.push(takeOn);
  }

  /** Brings a configuration into force, for all parts in the same turn. */
  set(next: ServerConfig): void {
    this.#current = next;
    for (const takeOn of this.#parts) takeOn(next);
  }
}
