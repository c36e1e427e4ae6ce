/**
 * The server's log: one event a line, with a stable name and flat fields. Nothing that a
 * visitor or client sends can make a line long, or one of its own (`line_form.ts`).
 *
 * @module
 */

import { LOG_EVENTS, LOG_LEVELS, type LogEvent, type LogLevel } from "./events.ts";
import { EventLine } from "./event_line.ts";
import { LineBytes } from "./line_bytes.ts";
import { type FieldValue, jsonForm, textForm } from "./line_form.ts";

/** What an event carries. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where events go. */
export interface Log {
  /** Something happened. */
  event(name: LogEvent, fields?: LogFields): void;
  /** Lines that could not be written so far. */
  readonly dropped?: number;
}

/** How a log is written. */
export interface LogOptions {
  /** For people or machines. */
  readonly form: "text" | "json";
  /** What matters less is left out. */
  readonly level: LogLevel;
  /** Takes a line, with its line end, in bytes that are good during the call. */
  readonly write: (line: Uint8Array) => void;
  /** Milliseconds since 1970. */
  readonly wallTime: () => number;
}

/** A log whose level can be changed while it is written. */
export interface AdjustableLog extends Log {
  /** What matters less is left out. */
  level: LogLevel;
}

/** Makes a log. */
export function makeLog({ form, level, write, wallTime }: LogOptions): AdjustableLog {
  const line = new LineBytes();
  return logInto({ line, end: () => write(line.take()) }, { form, level, wallTime });
}

/** Where a log puts its lines together. */
export interface LineOutput {
  /** Each is put behind the last one. */
  readonly line: LineBytes;
  /** The line is whole. */
  end(): void;
}

/** Makes a log that puts its lines together where they are to be. */
export function logInto(
  output: LineOutput,
  { form, level, wallTime }: Omit<LogOptions, "write">,
): AdjustableLog {
  const { line } = output;
  const lineForm = form === "json" ? jsonForm : textForm;
  const known: { [name in LogEvent]?: EventLine } = {};
  return {
    level,
    event(name, fields) {
      if (LOG_LEVELS.indexOf(LOG_EVENTS[name]) < LOG_LEVELS.indexOf(this.level)) return;
      const lines = known[name] ??= new EventLine(name, lineForm);
      lines.begin(line, wallTime());
      let place = 0;
      for (const key in fields) {
        const value = fields[key];
        if (value !== undefined) lines.field(line, place, key, bounded(value));
        place++;
      }
      lines.end(line);
      output.end();
    },
  };
}

/** A log that keeps nothing. */
export const silentLog: Log = { event: () => {} };

/** A longer value is cut: long enough for a stack or an address, too short to fill a disk with. */
const MOST_VALUE_LENGTH = 4096;

function bounded(value: FieldValue): FieldValue {
  if (typeof value !== "string" || value.length <= MOST_VALUE_LENGTH) return value;
  return `${value.slice(0, MOST_VALUE_LENGTH)}...`;
}
