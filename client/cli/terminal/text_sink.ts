/**
 * Where text goes.
 *
 * @module
 */

/** A place for text that takes it at once and writes it when it can. */
export interface TextSink {
  /** Takes the text. */
  write(text: string): void;
  /** Bytes taken and not yet written. */
  readonly backlog: number;
}

/** A terminal whose scrolling is stopped, or a reader that sleeps, must not fill the memory. */
const MAX_BACKLOG = 1024 * 1024;

/** Counts the request lines that were not written because nobody read. */
export class SlowReader {
  readonly #sink: TextSink;
  #dropped = 0;

  /** Watches a sink. */
  constructor(sink: TextSink) {
    this.#sink = sink;
  }

  /** True if one more line may be written. */
  admits(): boolean {
    if (this.#sink.backlog < MAX_BACKLOG) return true;
    this.#dropped++;
    return false;
  }

  /** How many were left out since the last call; 0 while nobody reads. */
  takeDropped(): number {
    if (this.#dropped === 0 || this.#sink.backlog >= MAX_BACKLOG) return 0;
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }
}
