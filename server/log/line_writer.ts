/**
 * Puts lines on their way without making anybody wait: those of a moment leave in one
 * write, and one write is under way at a time. Where the reader is stuck, lines are
 * kept up to a bound; beyond it they are counted instead.
 *
 * @module
 */

import type { Clock, Timer } from "@tun/protocol";

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

/** Memory for the lines of a moment; more is taken as it is needed. */
const FIRST_CAPACITY = 16 * 1024;

/** What a very busy server needs: more than that is only needed when a reader is stuck. */
const LARGE_CAPACITY = 256 * 1024;

/** Writes lines. */
export class LineWriter {
  readonly #sink: LineSink;
  readonly #clock: Clock;
  readonly #onDropped: (lines: number) => void;
  #waiting = new Uint8Array(FIRST_CAPACITY);
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

  /** Takes a copy of a line, with its line end. Never waits, never throws. */
  write(line: Uint8Array): void {
    if (this.#isClosed) return;
    const end = this.#waitingBytes + line.length;
    if (end > MOST_WAITING) {
      this.#dropped++;
      return;
    }
    if (end > this.#waiting.length) this.#grow(end);
    this.#waiting.set(line, this.#waitingBytes);
    this.#waitingBytes = end;
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
    const bytes = this.#waiting.slice(0, this.#waitingBytes);
    const lines = this.#waitingLines;
    this.#forget();
    return { bytes, lines };
  }

  #grow(least: number): void {
    const larger = new Uint8Array(Math.min(2 * least, MOST_WAITING));
    larger.set(this.#waiting.subarray(0, this.#waitingBytes));
    this.#waiting = larger;
  }

  /** What a stuck reader made us keep is not kept for ever. */
  #forget(): void {
    if (this.#waiting.length > LARGE_CAPACITY) this.#waiting = new Uint8Array(FIRST_CAPACITY);
    this.#waitingBytes = this.#waitingLines = 0;
  }

  /** A log that cannot be written is no reason to stop serving: the lines count as missing. */
  #onFailure(error: unknown, lines: number): void {
    this.#dropped += lines;
    if (!(error instanceof Deno.errors.BrokenPipe)) return;
    this.#isClosed = true;
    this.#forget();
  }
}
