/**
 * `--json`: one object a line on stdout, and nothing else there. Keys and order are the contract
 * with scripts.
 *
 * @module
 */

import type { Reporter, TunEvent } from "../../events.ts";
import { SlowReader, type TextSink } from "./text_sink.ts";

/** What goes out for an event; `undefined` members are left out. */
function contractOf(event: TunEvent): Record<string, unknown> {
  switch (event.event) {
    case "ready":
      return {
        event: "ready",
        kind: event.kind,
        url: event.url,
        name: event.name,
        session: event.session,
        reconnected: event.reconnected === true ? true : undefined,
        tunnel: event.tunnel,
      };
    case "request":
      return {
        event: "request",
        method: event.method,
        path: event.path,
        status: event.status,
        ms: Math.round(event.ms),
        bytes: event.bytes,
        tunnel: event.tunnel,
      };
    case "reconnecting":
      return {
        event: "reconnecting",
        seconds: Math.round(event.inSeconds * 1000) / 1000,
        reason: event.reason,
      };
    case "refused":
    case "displaced":
    case "error":
    case "warning":
      return {
        event: event.event,
        code: event.code,
        message: event.message,
        tunnel: event.tunnel,
      };
    case "paused":
    case "resumed":
    case "stopped":
      return { event: event.event };
  }
}

/** One event as its line, without what a terminal would obey. */
export function jsonLine(event: TunEvent): string {
  // JSON escapes the C0 controls; DEL, C1 and the line separators it leaves as they are.
  return JSON.stringify(contractOf(event)).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  ) + "\n";
}

/** Events as JSON lines. */
export class JsonLines implements Reporter {
  readonly #out: TextSink;
  readonly #reader: SlowReader;

  /** Writes to `out`, which must be nothing but these lines. */
  constructor(out: TextSink) {
    this.#out = out;
    this.#reader = new SlowReader(out);
  }

  /** Writes the event's line; requests are left out while nobody reads. */
  report(event: TunEvent): void {
    if (event.event === "request" && !this.#reader.admits()) return;
    const dropped = this.#reader.takeDropped();
    if (dropped > 0) {
      const message = `${dropped} requests are not shown: the reader was too slow`;
      this.#out.write(jsonLine({ event: "warning", code: "slow_reader", message }));
    }
    this.#out.write(jsonLine(event));
  }

  /** There is nothing to restore. */
  close(): void {}

  /** As {@linkcode close}. */
  [Symbol.dispose](): void {}
}
