/**
 * One line for each thing that happens: for logs, pipes, plain terminals and `--verbose`.
 *
 * @module
 */

import type { ReadyEvent, Reporter, RequestEvent, TunEvent } from "../../events.ts";
import { printable } from "./printable.ts";
import { noPaint, type Paint, statusTone } from "./style.ts";
import { SlowReader, type TextSink } from "./text_sink.ts";
import { formatBytes, formatMs } from "./units.ts";

function labelled(event: { readonly tunnel?: string }, text: string): string {
  return event.tunnel === undefined ? text : `[${printable(event.tunnel)}] ${text}`;
}

function readyLine(event: ReadyEvent, paint: Paint): string {
  const target = event.target === undefined ? "" : ` -> ${printable(event.target)}`;
  const again = event.reconnected === true ? " (reconnected)" : "";
  return labelled(event, `${paint("bold", printable(event.url))}${target}${again}`);
}

function requestLine(event: RequestEvent, paint: Paint): string {
  const status = paint(statusTone(event.status), String(event.status));
  const cost = `${formatMs(event.ms)} ${formatBytes(event.bytes)}`;
  return labelled(event, `${printable(event.method)} ${printable(event.path)} ${status} ${cost}`);
}

/** An event as one line for people, harmless whatever strangers put into it. */
export function plainLine(event: TunEvent, paint: Paint = noPaint): string {
  switch (event.event) {
    case "ready":
      return readyLine(event, paint);
    case "request":
      return requestLine(event, paint);
    case "paused":
      return paint("yellow", "connection lost, requests wait for it");
    case "resumed":
      return paint("green", "connection resumed, nothing was lost");
    case "reconnecting": {
      const wait = event.inSeconds < 0.1 ? "now" : `in ${formatMs(event.inSeconds * 1000)}`;
      const reason = event.reason === undefined ? "" : `: ${printable(event.reason)}`;
      return paint("yellow", `reconnecting ${wait}${reason}`);
    }
    case "warning":
      return labelled(event, `${paint("yellow", "warning:")} ${printable(event.message)}`);
    case "refused":
    case "displaced":
    case "error": {
      const code = paint("dim", `(${printable(event.code)})`);
      return labelled(event, `${paint("red", "tun:")} ${printable(event.message)} ${code}`);
    }
    case "stopped":
      return "stopped";
  }
}

/** Events as lines: trouble to `err`, the rest to `out`. */
export class PlainLines implements Reporter {
  readonly #out: TextSink;
  readonly #err: TextSink;
  readonly #paint: Paint;
  readonly #reader: SlowReader;

  /** Writes to two sinks, in colour if a paint is given. */
  constructor(sinks: { readonly out: TextSink; readonly err: TextSink }, paint: Paint = noPaint) {
    this.#out = sinks.out;
    this.#err = sinks.err;
    this.#paint = paint;
    this.#reader = new SlowReader(sinks.out);
  }

  /** Writes the event's line; requests are left out while nobody reads. */
  report(event: TunEvent): void {
    if (event.event === "request" && !this.#reader.admits()) return;
    const dropped = this.#reader.takeDropped();
    if (dropped > 0) this.#out.write(`(${dropped} requests not shown, the reader was too slow)\n`);
    const trouble = event.event === "refused" || event.event === "displaced" ||
      event.event === "error" || event.event === "warning";
    (trouble ? this.#err : this.#out).write(plainLine(event, this.#paint) + "\n");
  }

  /** There is nothing to restore. */
  close(): void {}

  /** As {@linkcode close}. */
  [Symbol.dispose](): void {}
}
