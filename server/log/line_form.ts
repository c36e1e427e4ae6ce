/**
 * How a line of the log looks: as text for people, or as JSON for machines. Nothing that a
 * visitor or client sends can make a line of its own, or write to a terminal.
 *
 * @module
 */

import { LOG_EVENTS, type LogEvent } from "./events.ts";
import { charactersThat, type LineBytes } from "./line_bytes.ts";

/** What a field can be. */
export type FieldValue = string | number | boolean;

/** A way to write lines. */
export interface LineForm {
  /** What comes first: when it was, and what. */
  head(time: string, event: LogEvent): string;
  /** What comes before the value of a field. */
  key(name: string): string;
  /** Appends a value. */
  value(line: LineBytes, value: FieldValue): void;
  /** What comes last. */
  readonly end: string;
}

/** What stands for itself in a JSON text and on a terminal. */
const PLAIN = charactersThat((code) =>
  code >= 0x20 && code < 0x7f && code !== 0x22 && code !== 0x5c
);

/** An object of JSON in a line. */
export const jsonForm: LineForm = {
  head: (time, event) => `{"time":"${time}","level":"${LOG_EVENTS[event]}","event":"${event}"`,
  key: (name) => `,"${name}":`,
  value(line, value) {
    if (typeof value === "number") return line.appendNumber(value);
    if (typeof value === "boolean") return line.append(String(value));
    line.append('"');
    if (line.appendOnly(PLAIN, value)) line.append('"');
    else line.append(quoted(value).slice(1));
  },
  end: "}\n",
};

/** What can be in a visible word. */
const VISIBLE = charactersThat((code) => code > 0x20 && code < 0x7f && code !== 0x22);

/** The time of the day, the event, and what is worth knowing of it. */
export const textForm: LineForm = {
  head(time, event) {
    const timeOfDay = time.slice("2000-01-01T".length, -"Z".length);
    return `${timeOfDay} ${LOG_EVENTS[event].padEnd(5)} ${event.padEnd(16)}`;
  },
  key: (name) => ` ${name}=`,
  /** A value that is one visible word stands as it is; everything else is quoted and escaped. */
  value(line, value) {
    const text = String(value);
    if (text === "" || !line.appendOnly(VISIBLE, text)) line.append(quoted(text));
  },
  end: "\n",
};

/** A string of JSON, in which everything is escaped that a terminal might obey or hide. */
function quoted(text: string): string {
  const json = JSON.stringify(text);
  return /[\x7f-\uffff]/.test(json) ? json.replace(/[\x7f-\uffff]/g, escape) : json;
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
