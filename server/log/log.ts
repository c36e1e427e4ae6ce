/**
 * The server's log: one event a line, with a stable name and flat fields. As text
 * for people, or as JSON for machines. Nothing that a visitor or client sends can
 * make a line of its own.
 *
 * @module
 */

/** What an event carries. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** Where events go. */
export interface Log {
  /** Something happened. */
  event(name: string, fields?: LogFields): void;
  /** Something happened that only matters when one looks for a fault. */
  detail(name: string, fields?: LogFields): void;
}

/** How a log is written. */
export interface LogOptions {
  /** For people or machines. */
  readonly form: "text" | "json";
  /** Whether details are written too. */
  readonly verbose: boolean;
  /** Takes a line, with its line end. */
  readonly write: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly wallTime: () => number;
}

/** Makes a log. */
export function makeLog({ form, verbose, write, wallTime }: LogOptions): Log {
  const render = form === "json" ? jsonLine : textLine;
  const event = (name: string, fields: LogFields = {}) =>
    write(render(new Date(wallTime()).toISOString(), name, fields));
  return { event, detail: verbose ? event : () => {} };
}

/** A log that keeps nothing. */
export const silentLog: Log = { event: () => {}, detail: () => {} };

function jsonLine(time: string, event: string, fields: LogFields): string {
  return JSON.stringify({ time, event, ...fields }) + "\n";
}

function textLine(time: string, event: string, fields: LogFields): string {
  const parts = Object.entries(fields).map(([name, value]) => `${name}=${plain(value)}`);
  return [time.slice(11, 23), event.padEnd(16), ...parts].join(" ") + "\n";
}

/** A value that is one visible word stands as it is; everything else is quoted and escaped. */
function plain(value: string | number | boolean): string {
  const text = String(value);
  return /^[!#-~]+$/.test(text) ? text : JSON.stringify(text).replace(/[\x7f-\uffff]/g, escape);
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
