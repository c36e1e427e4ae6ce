/**
 * The terminal itself: standard output and its size.
 *
 * @module
 */

import { type Clock, systemClock, type Timer } from "@tun/protocol";
import type { TerminalSize } from "./live_frame.ts";
import type { TextSink } from "./text_sink.ts";

/** Something bytes can be written to, such as `Deno.stdout`. */
export interface ByteWriter {
  /** Writes some of the bytes and says how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/**
 * Each write is a trip to another thread and back, which costs as much as a request; nobody sees
 * that a line is this late.
 */
const WRITE_EVERY_MS = 20;

/**
 * Text to a writer, in the background: a terminal whose scrolling is stopped (Ctrl-S, a selection
 * on Windows) blocks whoever writes to it, and that must not be the tunnel.
 *
 * What comes while a write is under way, or soon after, goes with the next one, all of it.
 */
export class ConsoleSink implements TextSink {
  readonly #writer: ByteWriter;
  readonly #clock: Clock;
  readonly #encoder = new TextEncoder();
  /** Text that the next write takes along. */
  #waiting = "";
  /** Bytes of the write under way. */
  #leaving = 0;
  #broken = false;
  #pump: Promise<void> | undefined;
  #timer: Timer | undefined;
  /** When the last write began. */
  #writtenAt = -Infinity;

  /** Writes to `writer`, and to nobody else's knowledge once it breaks. */
  constructor(writer: ByteWriter, clock: Clock = systemClock) {
    this.#writer = writer;
    this.#clock = clock;
  }

  /** Characters, and bytes of those under way, that are not written yet. */
  get backlog(): number {
    return this.#waiting.length + this.#leaving;
  }

  /** Queues the text. */
  write(text: string): void {
    if (this.#broken || text === "") return;
    this.#waiting += text;
    if (this.#pump === undefined && this.#timer === undefined) this.#drainSoon();
  }

  /** Resolves when everything is written, or nobody reads any more. */
  async flush(): Promise<void> {
    for (;;) {
      if (this.#timer !== undefined) this.#drainNow();
      if (this.#pump === undefined) return;
      await this.#pump;
    }
  }

  #drainSoon(): void {
    const wait = this.#writtenAt + WRITE_EVERY_MS - this.#clock.now();
    if (wait <= 0) this.#drainNow();
    else this.#timer = this.#clock.schedule(wait, () => this.#drainNow());
  }

  #drainNow(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#pump = this.#drain();
  }

  async #drain(): Promise<void> {
    // Not before `#pump` is set, even if the writer fails at once.
    await null;
    this.#writtenAt = this.#clock.now();
    try {
      let rest = this.#encoder.encode(this.#waiting);
      this.#waiting = "";
      while ((this.#leaving = rest.length) > 0) {
        rest = rest.subarray(await this.#writer.write(rest));
      }
    } catch {
      // The reader has left (`tun --json | head -1`); the tunnel goes on without it.
      this.#broken = true;
      this.#waiting = "";
      this.#leaving = 0;
    } finally {
      this.#pump = undefined;
    }
    if (this.#waiting !== "") this.#drainSoon();
  }
}

/** The size of the terminal; 80 by 24 where it will not say. */
export function consoleSize(): TerminalSize {
  try {
    const { columns, rows } = Deno.consoleSize();
    // Some pseudo terminals start out as 0 by 0.
    if (columns > 0 && rows > 0) return { columns, rows };
  } catch {
    // Not a terminal.
  }
  return { columns: 80, rows: 24 };
}

/** Calls back whenever the terminal changes its size. */
export function onConsoleResize(callback: () => void): Disposable {
  try {
    Deno.addSignalListener("SIGWINCH", callback);
  } catch {
    // No such signal on this system; the next frame asks for the size anyway.
    return { [Symbol.dispose]: () => {} };
  }
  return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGWINCH", callback) };
}
