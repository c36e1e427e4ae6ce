/**
 * A stream as its user sees it: reads and writes that can be awaited.
 *
 * @module
 */

import { type ResetCode, type SessionClosed, StreamReset } from "../errors.ts";
import type { OpenHead, ResponseHead } from "../mux/head.ts";
import type { MuxStream, StreamUser } from "../mux/stream.ts";
import { copyBytes } from "../small_bytes.ts";
import { ReceiveQueue } from "./receive_queue.ts";
import { recycleReceived } from "./received.ts";

/** Why a stream is over before its time. */
export type StreamFailure = StreamReset | SessionClosed;

/** Who is told of an answer without a promise for it. Must not throw. */
export interface AnswerListener {
  /** All of the final answer has come at once; arrays are only valid during the call. */
  onWholeAnswer(head: ResponseHead, body: Uint8Array): void;
  /** {@linkcode TunnelStream.nextResponse} would not have to wait. */
  onAnswer(): void;
}

/** Heads that have arrived and nobody has taken, counted for the whole session. */
export interface HeadCounter {
  /** Counts `bytes` more; false if they are too many. */
  add(bytes: number): boolean;
  /** Counts `bytes` less. */
  subtract(bytes: number): void;
}

/** What a head that waits costs beside its text: a stream can have any number of empty ones. */
const HEAD_OVERHEAD_BYTES = 256;

/** A larger piece is one of many: its reader is given them together. */
const MOST_AT_ONCE_BYTES = 16 * 1024;

/** Most writes leave at once, and need no promise each. */
const DONE = Promise.resolve();

/** A promise and the way to settle it. */
interface Waiter<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: StreamFailure) => void;
}

/**
 * One exchange in a session. On the server: wait for {@linkcode nextResponse},
 * then {@linkcode read}. On the client: {@linkcode respond}, then
 * {@linkcode write}. Both directions move independently.
 */
export class TunnelStream implements StreamUser, Disposable {
  /** What the stream is for. */
  readonly head: OpenHead;
  readonly #mux: MuxStream;
  readonly #heads: HeadCounter;
  // Made when something has to wait: most streams are a frame each way, told as it comes, and empty
  // queues were a tenth of the server's garbage.
  #received: ReceiveQueue | undefined;
  #responses: ResponseHead[] | undefined;
  #responseWaiter: Waiter<ResponseHead> | undefined;
  #answerListener: AnswerListener | undefined;
  #readWaiter: Waiter<Uint8Array | null> | undefined;
  #drainWaiter: Waiter<void> | undefined;
  #isInEnded = false;
  /** The waiting reader gets what has come in at the end of this turn. */
  #isHandingOver = false;
  #trailers: Uint8Array | undefined;
  /** Bytes of trailers that are counted as nobody has taken them. */
  #trailersCounted = 0;
  #failure: StreamFailure | undefined;
  #onFailure: ((failure: StreamFailure) => void) | undefined;

  /** Made by the session alone. */
  constructor(mux: MuxStream, head: OpenHead, heads: HeadCounter) {
    this.#mux = mux;
    this.#heads = heads;
    this.head = head;
    mux.user = this;
  }

  /** Why the stream failed, or `undefined` as long as it has not. */
  get failure(): StreamFailure | undefined {
    return this.#failure;
  }

  /** True once both directions are over. */
  get isClosed(): boolean {
    return this.#failure !== undefined || this.#mux.isClosed;
  }

  /** True once we have ended our direction. */
  get isSendOver(): boolean {
    return this.#failure !== undefined || this.#mux.isSendOver;
  }

  /** True if nothing of what was written waits to leave. */
  get isDrained(): boolean {
    return this.#mux.queue.bytes === 0;
  }

  /** The trailers that came with the end; known once {@linkcode read} gave `null`. */
  get trailers(): Uint8Array | undefined {
    return this.#trailers;
  }

  /** Bytes of bodies that were sent so far. */
  get sentBytes(): number {
    return this.#mux.sentBytes;
  }

  /** Bytes of bodies that came in so far. */
  get receivedBytes(): number {
    return this.#mux.receivedBytes;
  }

  /** Bytes that came in and were not read. */
  get buffered(): number {
    return this.#received?.bytes ?? 0;
  }

  /**
   * Called once if the peer resets the stream or the session ends before it is
   * over. What the peer had ended before can still be read.
   */
  set onFailure(callback: (failure: StreamFailure) => void) {
    this.#onFailure = callback;
    if (this.#failure !== undefined) callback(this.#failure);
  }

  /**
   * The next answer: any number of informational ones, and then the final one.
   *
   * @throws {StreamReset | SessionClosed} If there will be none.
   */
  nextResponse(): Promise<ResponseHead> {
    const response = this.#responses?.shift();
    if (response !== undefined) {
      this.#heads.subtract(costOf(response));
      return Promise.resolve(response);
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#responseWaiter ??= newWaiter();
    return this.#responseWaiter.promise;
  }

  /** Tells `listener`, once, of the next answer, or that there will be none. */
  listen(listener: AnswerListener): void {
    this.#answerListener = listener;
    if (this.#hasResponses || this.#failure !== undefined) this.#tellAnswer();
  }

  /**
   * The next bytes, which are the caller's to keep, or `null` at the end.
   *
   * @throws {StreamReset | SessionClosed} If the end will not come.
   */
  read(): Promise<Uint8Array | null> {
    const chunk = this.#received?.shift();
    if (chunk !== undefined) {
      this.#mux.consumed(chunk.length);
      return Promise.resolve(chunk);
    }
    if (this.#isInEnded) {
      this.#releaseTrailers();
      return Promise.resolve(null);
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#readWaiter ??= newWaiter();
    return this.#readWaiter.promise;
  }

  /**
   * What {@linkcode read} would give if it need not wait: bytes, `null` at the end, or
   * `undefined` if it would.
   */
  tryRead(): Uint8Array | null | undefined {
    const chunk = this.#received?.shift();
    if (chunk !== undefined) this.#mux.consumed(chunk.length);
    else if (this.#isInEnded && this.#failure === undefined) return null;
    return chunk;
  }

  /**
   * Takes back bytes that {@linkcode read} gave and that nobody will look at again, which
   * saves their allocation for the next ones. Nobody has to.
   */
  recycle(bytes: Uint8Array): void {
    recycleReceived(bytes);
  }

  /**
   * Sends bytes. They must not change until the promise resolves, which it does
   * when all that was written has left this stream: that is the back-pressure.
   *
   * @throws {StreamReset | SessionClosed} If they can go nowhere.
   */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (bytes.length === 0) return Promise.resolve();
    this.#mux.send(bytes);
    return this.#drained();
  }

  /**
   * Ends our direction behind what was written.
   *
   * @throws {StreamReset | SessionClosed} If the stream has failed.
   */
  end(trailers?: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#mux.end(trailers);
    return this.#drained();
  }

  /**
   * Answers the request, with a first piece of the body, and ends it with `fin`.
   * An informational answer may be followed by others. Resolves like {@linkcode write}.
   *
   * @throws {StreamReset | SessionClosed} If nobody waits for an answer.
   */
  respond(head: ResponseHead, body?: Uint8Array, fin = false): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#mux.respond(head, body, fin);
    return this.#drained();
  }

  /** Ends both directions at once, and drops what was not read. Does nothing if they are over. */
  reset(code: ResetCode): void {
    if (this.isClosed && this.#isRead) return;
    this.#isInEnded = false;
    this.#mux.reset(code);
    this.#fail(new StreamReset(code, "local"));
  }

  /** Resets the stream as cancelled, unless it is over. */
  [Symbol.dispose](): void {
    this.reset("cancelled");
  }

  /** For the mux. */
  onResponse(head: ResponseHead): void {
    const kept = { ...head, headers: copyBytes(head.headers) };
    if (this.#responseWaiter !== undefined) {
      this.#responseWaiter.resolve(kept);
      this.#responseWaiter = undefined;
    } else if (this.#heads.add(costOf(kept))) {
      (this.#responses ??= []).push(kept);
      this.#tellAnswer();
    } else {
      this.reset("busy");
    }
  }

  /** For the mux. */
  get takesWhole(): boolean {
    return this.#answerListener !== undefined;
  }

  /** For the mux. */
  onWhole(head: ResponseHead, body: Uint8Array): void {
    const listener = this.#answerListener!;
    this.#answerListener = undefined;
    this.#isInEnded = true;
    listener.onWholeAnswer(head, body);
  }

  #tellAnswer(): void {
    const listener = this.#answerListener;
    this.#answerListener = undefined;
    listener?.onAnswer();
  }

  /** For the mux. */
  onData(piece: Uint8Array): void {
    const waiter = this.#readWaiter;
    if (waiter === undefined || this.#isHandingOver || piece.length > MOST_AT_ONCE_BYTES) {
      (this.#received ??= new ReceiveQueue()).push(piece, this.#mux.window);
      if (waiter !== undefined) this.#handOverSoon();
      return;
    }
    this.#readWaiter = undefined;
    waiter.resolve(copyBytes(piece));
    this.#mux.consumed(piece.length);
  }

  /**
   * Gives the waiting reader what came in, once all that the transport has read is here:
   * a frame at a time would take four times as many writes.
   */
  #handOverSoon(): void {
    if (this.#isHandingOver) return;
    this.#isHandingOver = true;
    queueMicrotask(() => this.#handOver());
  }

  #handOver(): void {
    if (!this.#isHandingOver) return;
    this.#isHandingOver = false;
    const chunk = this.#received?.shift();
    if (chunk === undefined) return;
    this.#readWaiter?.resolve(chunk);
    this.#readWaiter = undefined;
    this.#mux.consumed(chunk.length);
  }

  /** For the mux. */
  onEnd(trailers: Uint8Array | undefined): void {
    this.#handOver();
    if (trailers !== undefined && this.#readWaiter === undefined) {
      if (!this.#heads.add(trailers.length)) return this.reset("busy");
      this.#trailersCounted = trailers.length;
    }
    this.#isInEnded = true;
    this.#trailers = trailers?.slice();
    this.#readWaiter?.resolve(null);
    this.#readWaiter = undefined;
  }

  /** For the mux. */
  onReset(code: ResetCode): void {
    this.#fail(new StreamReset(code, "remote"));
  }

  /** For the mux. */
  onDrained(): void {
    this.#drainWaiter?.resolve();
    this.#drainWaiter = undefined;
  }

  /** For the mux. */
  onAbandoned(end: SessionClosed): void {
    this.#fail(end);
  }

  #drained(): Promise<void> {
    if (this.isDrained) return DONE;
    this.#drainWaiter ??= newWaiter();
    return this.#drainWaiter.promise;
  }

  get #isRead(): boolean {
    return this.buffered === 0 && !this.#hasResponses && this.#trailersCounted === 0;
  }

  get #hasResponses(): boolean {
    return this.#responses !== undefined && this.#responses.length > 0;
  }

  #releaseTrailers(): void {
    this.#heads.subtract(this.#trailersCounted);
    this.#trailersCounted = 0;
  }

  #fail(failure: StreamFailure): void {
    this.#handOver();
    const isFirst = this.#failure === undefined;
    this.#failure ??= failure;
    // What the peer has ended is complete, whatever became of our direction.
    if (!this.#isInEnded) {
      for (const response of this.#responses ?? []) this.#heads.subtract(costOf(response));
      this.#releaseTrailers();
      this.#responses = this.#received = undefined;
    }
    const waiters = [this.#responseWaiter, this.#readWaiter, this.#drainWaiter];
    this.#responseWaiter = this.#readWaiter = this.#drainWaiter = undefined;
    for (const waiter of waiters) waiter?.reject(failure);
    this.#tellAnswer();
    if (isFirst) this.#onFailure?.(failure);
  }
}

function costOf({ headers, reason }: ResponseHead): number {
  return HEAD_OVERHEAD_BYTES + headers.length + reason.length;
}

function newWaiter<T>(): Waiter<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  // Whoever waits sees the failure; nobody has to.
  promise.catch(() => {});
  return { promise, resolve, reject };
}
