/**
 * What a person sees on a terminal: the URL, how the connection is, the last requests, redrawn in
 * place. Problems are written above it and stay.
 *
 * @module
 */

import type { Clock, Timer } from "@tun/protocol";
import type { ReadyEvent, Reporter, TunEvent } from "../../events.ts";
import {
  type LinkStatus,
  renderFrame,
  type TerminalSize,
  type TimedRequest,
} from "./live_frame.ts";
import { plainLine } from "./plain_lines.ts";
import type { Paint } from "./style.ts";
import type { TextSink } from "./text_sink.ts";

/** What the view is drawn with. */
export interface LiveViewOptions {
  readonly out: TextSink;
  /** The size of the terminal now. */
  readonly size: () => TerminalSize;
  readonly clock: Clock;
  /** The time on the wall, `HH:MM:SS`. */
  readonly timeOfDay: () => string;
  readonly paint: Paint;
}

/** Ten frames a second look alive; more only cost. */
const FRAME_MS = 100;

/** More rows than people read, and than most terminals have. */
const MAX_RECENT = 100;

/** How long "resumed" stays before it is plain "online". */
const RESUMED_MS = 5_000;

// The cursor and line wrapping are off while the view is up: a jumping cursor flickers, and a
// character that is wider than we believe must not add a row.
const WRAP = "\x1b[?7h";
const NO_WRAP = "\x1b[?7l";
const ENTER = `\x1b[?25l${NO_WRAP}`;

/** Undoes what the view did to the terminal; harmless when it did nothing. */
export const RESTORE_TERMINAL = "\x1b[?7h\x1b[?25h";

// Synchronised output: terminals that know it show the frame whole, others ignore it.
const FRAME_BEGIN = "\x1b[?2026h";
const FRAME_END = "\x1b[?2026l";

/** Events as a picture that is kept up to date. */
export class LiveView implements Reporter {
  readonly #options: LiveViewOptions;
  readonly #tunnels = new Map<string, ReadyEvent>();
  #status: LinkStatus = { kind: "connecting" };
  #requests = 0;
  #failures = 0;
  #bytes = 0;
  #recent: TimedRequest[] = [];
  /** The time on the wall, for all requests between two frames: to write it costs more than they do. */
  #time: string | undefined;
  /** Lines to leave above the picture. */
  #notes: string[] = [];
  #drawn = 0;
  #lastDraw = -Infinity;
  #timer: Timer | undefined;
  #due = 0;
  #calmTimer: Timer | undefined;
  #wiped = false;
  #closed = false;

  /** Takes over the terminal until {@linkcode close}. */
  constructor(options: LiveViewOptions) {
    this.#options = options;
    options.out.write(ENTER);
    this.#draw();
  }

  /** Shows one event, at most {@linkcode FRAME_MS} late. */
  report(event: TunEvent): void {
    if (this.#closed) return;
    this.#apply(event);
    this.#drawSoon();
  }

  /** The terminal has another size: what stands there is torn, so it is wiped. */
  resized(): void {
    if (this.#closed) return;
    this.#wiped = true;
    this.#drawSoon();
  }

  /** Draws once more and gives the terminal back; the picture stays where it is. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    this.#calmTimer?.cancel();
    this.#draw();
    this.#options.out.write(RESTORE_TERMINAL);
  }

  /** As {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #apply(event: TunEvent): void {
    switch (event.event) {
      case "ready":
        this.#tunnels.set(event.tunnel ?? `${event.kind} ${event.name}`, event);
        this.#setStatus({ kind: "online", resumed: false });
        break;
      case "resumed":
        this.#setStatus({ kind: "online", resumed: true });
        this.#calmTimer = this.#options.clock.schedule(RESUMED_MS, () => {
          this.#setStatus({ kind: "online", resumed: false });
          this.#drawSoon();
        });
        break;
      case "paused":
      case "stopped":
        this.#setStatus({ kind: event.event });
        break;
      case "reconnecting":
        this.#setStatus({
          kind: "reconnecting",
          at: this.#options.clock.now() + event.inSeconds * 1000,
          ...(event.reason === undefined ? {} : { reason: event.reason }),
        });
        break;
      case "request":
        this.#requests++;
        this.#bytes += event.bytes;
        if (event.status >= 500 || event.status === 0) this.#failures++;
        this.#time ??= this.#options.timeOfDay();
        this.#recent.unshift({ ...event, time: this.#time });
        if (this.#recent.length > MAX_RECENT) this.#recent.length = MAX_RECENT;
        break;
      default:
        this.#notes.push(plainLine(event, this.#options.paint));
    }
  }

  #setStatus(status: LinkStatus): void {
    this.#calmTimer?.cancel();
    this.#calmTimer = undefined;
    this.#status = status;
  }

  #drawSoon(): void {
    const now = this.#options.clock.now();
    const due = Math.max(now, this.#lastDraw + FRAME_MS);
    if (this.#timer !== undefined && this.#due <= due) return;
    if (due <= now) this.#draw();
    else this.#drawIn(due - now);
  }

  #drawIn(ms: number): void {
    this.#timer?.cancel();
    this.#due = this.#options.clock.now() + ms;
    this.#timer = this.#options.clock.schedule(ms, () => this.#draw());
  }

  /** Notes may be longer than a row, and are there to be read to their end. */
  #noteText(): string {
    if (this.#notes.length === 0) return "";
    // Wiped before and not behind each: there, a full row would lose its last character.
    return `${WRAP}\x1b[J${this.#notes.map((line) => `${line}\n`).join("")}${NO_WRAP}`;
  }

  #draw(): void {
    const { out, clock, size, paint } = this.#options;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#time = undefined;
    // A terminal that does not take the last frame gets no further one: it would only queue up.
    if (out.backlog > 0 && this.#drawn > 0 && !this.#closed) return this.#drawIn(FRAME_MS);
    const now = clock.now();
    const state = {
      tunnels: [...this.#tunnels.values()],
      status: this.#status,
      requests: this.#requests,
      failures: this.#failures,
      bytes: this.#bytes,
      recent: this.#recent,
    };
    const lines = renderFrame(state, size(), now, paint);
    let start = this.#drawn === 0 ? "\r" : `\r\x1b[${this.#drawn}A`;
    if (this.#wiped) start = "\x1b[H\x1b[2J";
    const text = lines.map((line) => `${line}\x1b[K\n`).join("");
    out.write(`${FRAME_BEGIN}${start}${this.#noteText()}${text}\x1b[J${FRAME_END}`);
    this.#notes = [];
    this.#wiped = false;
    this.#drawn = lines.length;
    this.#lastDraw = now;
    // The countdown changes by itself.
    const waiting = this.#status.kind === "reconnecting" && this.#status.at > now;
    if (waiting && !this.#closed) this.#drawIn(1000);
  }
}
