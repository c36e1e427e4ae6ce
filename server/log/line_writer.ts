/**
 * Puts lines on their way without making anybody wait: those of a moment leave in one
 * write, and one write is under way at a time. Where the reader is stuck, lines are
 * kept up to a bound; beyond it they are counted instead.
 *
 * @module
 */

import type { Clock, Timer } from "@tun/protocol";
import { LineBytes } from "./line_bytes.ts";

/** Lines wait so long for others: a person does not notice, and a busy server saves hundreds of writes. */
const GATHER_MS = 10;

/** Kept at most while the reader is stuck: a quarter of a second of a very busy server. */
const MOST_WAITING = 4 * 1024 * 1024;

/** Somebody who reads takes this long at most. Who has not by then will not before we are gone. */
const LAST_WAIT_MS = 1000;

/** Where the bytes go. */
export interface LineSink {
  /** Takes some of the bytes and says how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** The same, at once. */
  writeSync(bytes: Uint8Array): number;
}

/** What a writer is made with. */
export interface LineWriterOptions {
  /** Where the bytes go. */
  readonly sink: LineSink;
  /** Time. */
  readonly clock: Clock;
  /** Told, once lines are written again, how many are missing. */
  readonly onDropped: (lines: number) => void;
}

/** Writes lines. */
export class LineWriter {
  /** What waits to be written, and what of the next line there is. */
  readonly line: LineBytes = new LineBytes();
  readonly #sink: LineSink;
  readonly #clock: Clock;
  readonly #onDropped: (lines: number) => void;
  /** Of lines that are whole. */
  #waitingBytes = 0;
  #waitingLines = 0;
  #dropped = 0;
  #toldDropped = 0;
  #timer: Timer | undefined;
  #writing: Promise<void> | undefined;
  /** Whoever reads has closed its end: nothing will ever be read again. */
  #isClosed = false;

  /** Makes a writer with nothing to write. */
  constructor({ sink, clock, onDropped }: LineWriterOptions) {
    this.#sink = sink;
    this.#clock = clock;
    this.#onDropped = onDropped;
  }

  /** Lines that are missing so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The line is whole. Never waits, never throws. */
  end(): void {
    const { length } = this.line;
    if (this.#isClosed || length > MOST_WAITING) {
      this.line.cutTo(this.#waitingBytes);
      if (!this.#isClosed) this.#dropped++;
      return;
    }
    this.#waitingBytes = length;
    this.#waitingLines++;
    this.#arm();
  }

  /** Resolves when everything is written, or it is clear that nobody reads it. */
  async flush(): Promise<void> {
    const patience = Promise.withResolvers<void>();
    const timer = this.#clock.schedule(LAST_WAIT_MS, patience.resolve);
    await Promise.race([this.#writeAll(), patience.promise]);
    timer.cancel();
  }

  /** Writes what waits before the process ends by accident. A stuck reader is not waited for. */
  flushNow(): void {
    if (this.#writing !== undefined || this.#isClosed) return;
    const { bytes, lines } = this.#take();
    try {
      for (let left = bytes; left.length > 0;) left = left.subarray(this.#sink.writeSync(left));
    } catch (error) {
      this.#onFailure(error, lines);
    }
  }

  #arm(): void {
    if (this.#writing !== undefined) return;
    this.#timer ??= this.#clock.schedule(GATHER_MS, () => this.#writeSome());
  }

  async #writeAll(): Promise<void> {
    while (this.#waitingBytes > 0) await this.#writeSome();
    await this.#writing;
  }

  #writeSome(): Promise<void> {
    return this.#writing ??= this.#writeOnce().finally(() => {
      this.#writing = undefined;
      if (this.#waitingBytes > 0) this.#arm();
    });
  }

  async #writeOnce(): Promise<void> {
    const { bytes, lines } = this.#take();
    try {
      for (let left = bytes; left.length > 0;) {
        left = left.subarray(await this.#sink.write(left));
      }
      const missing = this.#dropped - this.#toldDropped;
      this.#toldDropped = this.#dropped;
      if (missing > 0) this.#onDropped(missing);
    } catch (error) {
      this.#onFailure(error, lines);
    }
  }

  #take(): { readonly bytes: Uint8Array; readonly lines: number } {
    this.#timer?.cancel();
    this.#timer = undefined;
    const lines = this.#waitingLines;
    this.#waitingBytes = this.#waitingLines = 0;
    return { bytes: this.line.take(), lines };
  }

  /** A log that cannot be written is no reason to stop serving: the lines count as missing. */
  #onFailure(error: unknown, lines: number): void {
    this.#dropped += lines;
    if (!(error instanceof Deno.errors.BrokenPipe)) return;
    this.#isClosed = true;
    this.line.take();
    this.#waitingBytes = 0;
  }
}
