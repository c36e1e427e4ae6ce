/**
 * The log of the program, on its standard output. Nothing of it is lost when the program
 * ends, also not when it ends by a mistake.
 *
 * @module
 */

import { systemClock } from "@tun/protocol";
import type { LogEvent, LogLevel } from "./events.ts";
import { LineWriter } from "./line_writer.ts";
import { type AdjustableLog, type LogFields, logInto } from "./log.ts";

/** How the log is written. */
export interface OutputLogOptions {
  /** For people or machines. */
  readonly form: "text" | "json";
  /** What matters less is left out. */
  readonly level: LogLevel;
}

/** What nobody has caught ends the program; these come before that. */
const LAST_WORDS = ["error", "unhandledrejection", "unload"];

/** Writes events to standard output; to be disposed at the end. */
export class OutputLog implements AdjustableLog, AsyncDisposable {
  readonly #lines: LineWriter;
  readonly #log: AdjustableLog;
  readonly #onEnd = (): void => this.#lines.flushNow();

  /** Starts to write. */
  constructor({ form, level }: OutputLogOptions) {
    this.#lines = new LineWriter({
      sink: Deno.stdout,
      clock: systemClock,
      onDropped: (lines) => this.event("log_dropped", { lines }),
    });
    this.#log = logInto(this.#lines, { form, level, wallTime: Date.now });
    for (const end of LAST_WORDS) globalThis.addEventListener(end, this.#onEnd);
  }

  event(name: LogEvent, fields?: LogFields): void {
    this.#log.event(name, fields);
  }

  get level(): LogLevel {
    return this.#log.level;
  }

  set level(level: LogLevel) {
    this.#log.level = level;
  }

  get dropped(): number {
    return this.#lines.dropped;
  }

  /** Writes what waits. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lines.flush();
    for (const end of LAST_WORDS) globalThis.removeEventListener(end, this.#onEnd);
  }
}
