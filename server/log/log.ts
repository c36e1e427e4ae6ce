/**
 * The server's log: one event a line, with a stable name and flat fields. As text
 * for people, or as JSON for machines. Nothing that a visitor or client sends can
 * make a line of its own, write to a terminal, or make a line long.
 *
 * @module
 */

import { LOG_EVENTS, LOG_LEVELS, type LogEvent, type LogLevel } from "./events.ts";
import { LineBytes } from "./line_bytes.ts";

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
  const render = form === "json" ? jsonLine : textLine;
  const time = timeText(wallTime);
  return {
    level,
    event(name, fields = NO_FIELDS) {
      const own = LOG_EVENTS[name];
      if (LOG_LEVELS.indexOf(own) < LOG_LEVELS.indexOf(this.level)) return;
      render(line, time(), own, name, bounded(fields));
      write(line.take());
    },
  };
}

/** A log that keeps nothing. */
export const silentLog: Log = { event: () => {} };

const NO_FIELDS: LogFields = {};

/** A longer value is cut: long enough for a stack or an address, too short to fill a disk with. */
const MOST_VALUE_LENGTH = 4096;

function bounded(fields: LogFields): LogFields {
  for (const name in fields) {
    const value = fields[name];
    if (typeof value === "string" && value.length > MOST_VALUE_LENGTH) {
      return Object.fromEntries(Object.entries(fields).map(([key, long]) => [key, cut(long)]));
    }
  }
  return fields;
}

function cut(value: LogFields[string]): LogFields[string] {
  if (typeof value !== "string" || value.length <= MOST_VALUE_LENGTH) return value;
  return `${value.slice(0, MOST_VALUE_LENGTH)}...`;
}

/** Gives the time as text; many events have the same. */
function timeText(wallTime: () => number): () => string {
  let last = NaN;
  let text = "";
  return () => {
    const now = wallTime();
    if (now !== last) text = new Date(now).toISOString();
    last = now;
    return text;
  };
}

function jsonLine(
  line: LineBytes,
  time: string,
  level: LogLevel,
  event: LogEvent,
  fields: LogFields,
): void {
  line.append('{"time":"');
  line.append(time);
  line.append('","level":"');
  line.append(level);
  line.append('","event":"');
  line.append(event);
  line.append('"');
  for (const name in fields) {
    const value = fields[name];
    if (value === undefined) continue;
    line.append(',"');
    line.append(name);
    line.append('":');
    appendJson(line, value);
  }
  line.append("}\n");
}

function appendJson(line: LineBytes, value: string | number | boolean): void {
  if (typeof value !== "string") {
    line.append(typeof value === "number" && !Number.isFinite(value) ? "null" : String(value));
    return;
  }
  line.append('"');
  if (line.appendPlain(value)) line.append('"');
  else line.append(ascii(JSON.stringify(value)).slice(1));
}

function textLine(
  line: LineBytes,
  time: string,
  level: LogLevel,
  event: LogEvent,
  fields: LogFields,
): void {
  line.append(`${time.slice(11, 23)} ${level.padEnd(5)} ${event.padEnd(16)}`);
  for (const name in fields) {
    const value = fields[name];
    if (value !== undefined) line.append(` ${name}=${plain(value)}`);
  }
  line.append("\n");
}

/** A value that is one visible word stands as it is; everything else is quoted and escaped. */
function plain(value: string | number | boolean): string {
  const text = String(value);
  return /^[!#-~]+$/.test(text) ? text : ascii(JSON.stringify(text));
}

/** Escapes, in the strings of a JSON text, what a terminal might obey or hide. */
function ascii(json: string): string {
  return /[\x7f-\uffff]/.test(json) ? json.replace(/[\x7f-\uffff]/g, escape) : json;
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
