/**
 * One direction of an in-memory connection: a ring of bytes between a writer
 * and a reader, with the delays and the accidents of a network.
 *
 * @module
 */

import type { Clock, Timer } from "../clock.ts";
import type { TransportError } from "./transport.ts";

/** How a pipe behaves; the pair that owns it may change every field at any time. */
export interface PipeConditions {
  /** Time that passes between a write and the earliest read of its bytes. */
  latencyMs: number;
  /** The bottleneck's rate; `Infinity` for none. */
  bytesPerSecond: number;
  /** How many of the available bytes the next read gets; at least one is given. */
  nextChunk: (available: number) => number;
  /** While true nothing arrives and nobody is told. */
  frozen: boolean;
}

/** What happens to bytes on their way when a connection breaks. */
export type InFlight = "deliver" | "drop";

/** What the writer did, in order; `last` stands for the end of its side. */
interface Segment {
  readonly end: number;
  readonly at: number;
  readonly last: boolean;
}

/** A slow line delivers in steps of this size, so that a reader sees bytes flow. */
const LINE_STEP_BYTES = 16 * 1024;
/** Sums of fractional milliseconds do not meet exactly. */
const CLOCK_TOLERANCE_MS = 1e-6;

/** Bytes from one end to the other. All offsets count from the first byte ever written. */
export class MemoryPipe {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #conditions: PipeConditions;
  readonly #onCut: (inFlight: InFlight) => void;

  #ring: Uint8Array | null = null;
  #written = 0;
  #arrived = 0;
  #handedOut = 0;
  #freed = 0;

  #segments: Segment[] = [];
  #lineFreeAt = 0;
  #timer: Timer | null = null;

  #writer: {
    readonly bytes: Uint8Array;
    done: number;
    readonly resolve: () => void;
    readonly reject: (reason: TransportError) => void;
  } | null = null;
  #reader: PromiseWithResolvers<Uint8Array | null> | null = null;

  /** What a write meets; set by an end, a cut or a close. */
  #writeError: TransportError | null = null;
  /** What a read meets after the last byte: `null` for an end in order. */
  #end: { readonly error: TransportError | null } | null = null;
  #endArrived = false;

  #cut: { readonly offset: number; readonly inFlight: InFlight } | null = null;

  /** Makes a pipe that holds at most `capacity` bytes; `onCut` is told when a cut is reached. */
  constructor(
    clock: Clock,
    capacity: number,
    conditions: PipeConditions,
    onCut: (inFlight: InFlight) => void,
  ) {
    this.#clock = clock;
    this.#capacity = capacity;
    this.#conditions = conditions;
    this.#onCut = onCut;
  }

  /** Bytes that the writer has got rid of since the beginning. */
  get written(): number {
    return this.#written;
  }

  /** Bytes that were written and not handed to the reader. */
  get inFlight(): number {
    return this.#written - this.#handedOut;
  }

  /** Breaks the connection as soon as `offset` bytes were written. */
  cutAfter(offset: number, inFlight: InFlight): void {
    if (offset < this.#written) {
      throw new RangeError(`Cannot cut at ${offset} as ${this.#written} bytes were written`);
    }
    this.#cut = { offset, inFlight };
    this.#cutIfReached();
  }

  /** Takes all of `bytes`; resolves once the last of them is in the pipe. */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#writeError !== null) return Promise.reject(this.#writeError);
    const done = this.#fill(bytes, 0);
    if (done === bytes.length) {
      this.#cutIfReached();
      this.#deliver();
      return Promise.resolve();
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#writer = { bytes, done, resolve, reject };
    this.#cutIfReached();
    this.#deliver();
    return promise;
  }

  /** Copies what fits and gives how much of `bytes` is done. */
  #fill(bytes: Uint8Array, from: number): number {
    const room = Math.min(
      this.#capacity - (this.#written - this.#freed),
      (this.#cut?.offset ?? Infinity) - this.#written,
    );
    const size = Math.min(room, bytes.length - from);
    if (size === 0) return from;
    const ring = this.#ring ??= new Uint8Array(this.#capacity);
    const at = this.#written % this.#capacity;
    const first = Math.min(size, this.#capacity - at);
    ring.set(bytes.subarray(from, from + first), at);
    if (first < size) ring.set(bytes.subarray(from + first, from + size), 0);
    this.#written += size;
    this.#send(size);
    return from + size;
  }

  /** Puts the last `size` bytes written on their way. */
  #send(size: number): void {
    const { latencyMs, bytesPerSecond, frozen } = this.#conditions;
    const atOnce = latencyMs === 0 && bytesPerSecond === Infinity && !frozen;
    if (atOnce && this.#segments.length === 0) {
      this.#arrived = this.#written;
      return;
    }
    const now = this.#clock.now();
    const step = bytesPerSecond === Infinity ? size : LINE_STEP_BYTES;
    for (let rest = size; rest > 0; rest -= step) {
      const leaves = Math.max(now, this.#lineFreeAt) +
        Math.min(step, rest) * 1000 / bytesPerSecond;
      this.#lineFreeAt = leaves;
      this.#queue(this.#written - Math.max(0, rest - step), leaves + latencyMs, false);
    }
    this.#arm();
  }

  /** Nothing overtakes, also when the latency has just been lowered. */
  #queue(end: number, at: number, last: boolean): void {
    const before = this.#segments.at(-1);
    const time = Math.max(at, before?.at ?? 0);
    if (before !== undefined && before.at === time && !before.last) this.#segments.pop();
    this.#segments.push({ end, at: time, last });
  }

  #arm(): void {
    const first = this.#segments[0];
    if (first === undefined || this.#timer !== null || this.#conditions.frozen) return;
    const wait = Math.max(0, first.at - this.#clock.now());
    this.#timer = this.#clock.schedule(wait, () => {
      this.#timer = null;
      this.#arrive();
    });
  }

  #arrive(): void {
    const now = this.#clock.now() + CLOCK_TOLERANCE_MS;
    let count = 0;
    for (; count < this.#segments.length && this.#segments[count]!.at <= now; count++) {
      const { end, last } = this.#segments[count]!;
      this.#arrived = end;
      this.#endArrived ||= last;
    }
    this.#segments.splice(0, count);
    this.#arm();
    this.#deliver();
  }

  /** To be called when the conditions froze or thawed. */
  conditionsChanged(): void {
    this.#disarm();
    if (!this.#conditions.frozen) this.#arrive();
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** Gives the next bytes, a view of the pipe's memory until the next call. */
  read(): Promise<Uint8Array | null> {
    this.#freed = this.#handedOut;
    this.#refill();
    const bytes = this.#take();
    if (bytes !== null) return Promise.resolve(bytes);
    if (this.#endArrived) {
      const error = this.#end!.error;
      return error === null ? Promise.resolve(null) : Promise.reject(error);
    }
    this.#reader = Promise.withResolvers();
    return this.#reader.promise;
  }

  /** Lets a waiting write go on with the room that a read has made. */
  #refill(): void {
    const writer = this.#writer;
    if (writer === null) return;
    writer.done = this.#fill(writer.bytes, writer.done);
    if (writer.done === writer.bytes.length) {
      this.#writer = null;
      writer.resolve();
    }
    this.#cutIfReached();
  }

  #take(): Uint8Array | null {
    const available = this.#arrived - this.#handedOut;
    if (available === 0) return null;
    const at = this.#handedOut % this.#capacity;
    const wanted = Math.max(1, Math.floor(this.#conditions.nextChunk(available)));
    const size = Math.min(available, wanted, this.#capacity - at);
    this.#handedOut += size;
    return this.#ring!.subarray(at, at + size);
  }

  #deliver(): void {
    const reader = this.#reader;
    if (reader === null) return;
    const bytes = this.#take();
    if (bytes === null && !this.#endArrived) return;
    this.#reader = null;
    if (bytes !== null) reader.resolve(bytes);
    else if (this.#end!.error === null) reader.resolve(null);
    else reader.reject(this.#end!.error);
  }

  #cutIfReached(): void {
    const cut = this.#cut;
    if (cut === null || this.#written < cut.offset) return;
    // A write that the cut interrupts learns of it; one that it just completes does not.
    this.#cut = null;
    this.#onCut(cut.inFlight);
  }

  /** Ends the writer's side behind its bytes: in order, or with what the reader then meets. */
  end(error: TransportError | null, writeError: TransportError): void {
    this.#writeError ??= writeError;
    this.#writer?.reject(writeError);
    this.#writer = null;
    if (this.#end !== null) return;
    this.#end = { error };
    const { latencyMs, frozen } = this.#conditions;
    if (latencyMs === 0 && !frozen && this.#segments.length === 0) {
      this.#endArrived = true;
      this.#deliver();
    } else {
      this.#queue(this.#written, Math.max(this.#clock.now(), this.#lineFreeAt) + latencyMs, true);
      this.#arm();
    }
  }

  /** Breaks the pipe for both ends at once; what was not read is lost. */
  breakOff(readError: TransportError, writeError: TransportError): void {
    this.#disarm();
    this.#segments = [];
    this.#arrived = this.#handedOut;
    this.#end = { error: readError };
    this.#endArrived = true;
    this.#writeError ??= writeError;
    this.#writer?.reject(writeError);
    this.#writer = null;
    this.#deliver();
  }
}
