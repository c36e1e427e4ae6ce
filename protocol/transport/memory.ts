/**
 * Two transports that are joined in memory, for tests and simulations: as fast
 * as memory, or as slow, cut up and unreliable as a network can be.
 *
 * @module
 */

import { type Clock, systemClock } from "../clock.ts";
import { type InFlight, MemoryPipe, type PipeConditions } from "./memory_pipe.ts";
import { type Transport, TransportError } from "./transport.ts";

export type { InFlight };

/** How arriving bytes are cut into reads: by a function of what is there, or sizes in turn. */
export type Chunking = ((available: number) => number) | readonly number[];

/** One of the two ways through a pair. */
export type Direction = "aToB" | "bToA";

/** What a pair is like. Without any of these it delivers at once and uses no timer. */
export interface MemoryPairOptions {
  /** Time for latency and bandwidth; the platform's without. */
  readonly clock?: Clock;
  /** One-way delay; 0 without. */
  readonly latencyMs?: number;
  /** Rate of each direction; `Infinity` without. */
  readonly bytesPerSecond?: number;
  /**
   * Bytes of each direction that may be on their way or unread before a write
   * waits; 1 MiB without. Long, fast lines need more to be filled.
   */
  readonly inFlightBytes?: number;
  /** How reads are cut; everything that is there without. */
  readonly chunking?: Chunking;
  /** What the two ends say of themselves; true without. */
  readonly secure?: boolean;
}

const DEFAULT_IN_FLIGHT_BYTES = 1024 * 1024;

/** Two joined transports and the hands that can disturb them. */
export class MemoryPair implements Disposable {
  /** One end. */
  readonly a: Transport;
  /** The other end. */
  readonly b: Transport;

  readonly #conditions: PipeConditions;
  readonly #pipes: Readonly<Record<Direction, MemoryPipe>>;

  /** Joins two new ends. */
  constructor(options: MemoryPairOptions = {}) {
    const { clock = systemClock, inFlightBytes = DEFAULT_IN_FLIGHT_BYTES } = options;
    this.#conditions = {
      latencyMs: options.latencyMs ?? 0,
      bytesPerSecond: options.bytesPerSecond ?? Infinity,
      nextChunk: chunker(options.chunking),
      frozen: false,
    };
    const pipe = () =>
      new MemoryPipe(clock, inFlightBytes, this.#conditions, (inFlight) => this.cut(inFlight));
    this.#pipes = { aToB: pipe(), bToA: pipe() };
    const secure = options.secure ?? true;
    this.a = new MemoryTransport("memory:b", secure, this.#pipes.bToA, this.#pipes.aToB);
    this.b = new MemoryTransport("memory:a", secure, this.#pipes.aToB, this.#pipes.bToA);
  }

  /** One-way delay of what is written from now on. */
  get latencyMs(): number {
    return this.#conditions.latencyMs;
  }

  set latencyMs(value: number) {
    this.#conditions.latencyMs = value;
  }

  /** Rate of each direction for what is written from now on. */
  get bytesPerSecond(): number {
    return this.#conditions.bytesPerSecond;
  }

  set bytesPerSecond(value: number) {
    this.#conditions.bytesPerSecond = value;
  }

  /** Changes how the next reads are cut. */
  set chunking(value: Chunking) {
    this.#conditions.nextChunk = chunker(value);
  }

  /** Bytes that a direction has taken since the beginning. */
  written(direction: Direction): number {
    return this.#pipes[direction].written;
  }

  /** Bytes of a direction that were written and not read. */
  inFlight(direction: Direction): number {
    return this.#pipes[direction].inFlight;
  }

  /**
   * Breaks the connection now. Writes fail with `connection_lost` at once, reads
   * after the bytes on their way, which `drop` loses.
   */
  cut(inFlight: InFlight = "drop"): void {
    const error = new TransportError("connection_lost", "The connection was cut");
    for (const pipe of Object.values(this.#pipes)) {
      if (inFlight === "drop") pipe.breakOff(error, error);
      else pipe.end(error, error);
    }
  }

  /**
   * Breaks the connection, in both directions, as soon as exactly `offset`
   * bytes have been written in one of them since the beginning. With `deliver`
   * the reader gets exactly those and then `connection_lost`. The write that
   * reaches beyond the offset fails; one that ends there does not.
   */
  cutAfter(direction: Direction, offset: number, inFlight: InFlight = "deliver"): void {
    this.#pipes[direction].cutAfter(offset, inFlight);
  }

  /** From now on nothing arrives and nobody is told: a network that went away in silence. */
  freeze(): void {
    this.#setFrozen(true);
  }

  /** Lets everything arrive again that was written since, or before, {@linkcode freeze}. */
  thaw(): void {
    this.#setFrozen(false);
  }

  #setFrozen(frozen: boolean): void {
    this.#conditions.frozen = frozen;
    for (const pipe of Object.values(this.#pipes)) pipe.conditionsChanged();
  }

  /** Closes both ends. */
  [Symbol.dispose](): void {
    this.a.close();
    this.b.close();
  }
}

/** Makes a pair of joined transports. */
export function memoryPair(options: MemoryPairOptions = {}): MemoryPair {
  return new MemoryPair(options);
}

/**
 * One end of a pair. After its `close()` the other end reads what was on its
 * way and then meets `connection_lost`: nobody said that this was all.
 */
class MemoryTransport implements Transport {
  readonly kind = "memory";
  readonly #incoming: MemoryPipe;
  readonly #outgoing: MemoryPipe;
  #writing: Promise<void> | null = null;
  #closed = false;

  constructor(
    readonly peer: string,
    readonly secure: boolean,
    incoming: MemoryPipe,
    outgoing: MemoryPipe,
  ) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  read(): Promise<Uint8Array | null> {
    return this.#closed ? Promise.reject(closedLocally()) : this.#incoming.read();
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#closed) return Promise.reject(closedLocally());
    return this.#writing = this.#outgoing.write(bytes);
  }

  async closeWrite(): Promise<void> {
    await this.#writing?.catch(() => {});
    if (this.#closed) throw closedLocally();
    this.#outgoing.end(
      null,
      new TransportError("closed_locally", "This side of the transport was ended"),
    );
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const lost = new TransportError("connection_lost", "The other end was closed");
    this.#outgoing.end(lost, closedLocally());
    this.#incoming.breakOff(closedLocally(), lost);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function chunker(chunking: Chunking | undefined): (available: number) => number {
  if (chunking === undefined) return (available) => available;
  if (typeof chunking === "function") return chunking;
  if (chunking.length === 0) throw new RangeError("Cannot cut reads by an empty list of sizes");
  let turn = 0;
  return () => chunking[turn++ % chunking.length]!;
}

function closedLocally(): TransportError {
  return new TransportError("closed_locally", "The transport was closed on this side");
}
