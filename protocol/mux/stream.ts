/**
 * One stream of a mux: its two directions, its windows, and what it has to send.
 * Calls go in, events come out by {@linkcode StreamUser}; nothing waits.
 *
 * @module
 */

import { RESET_CODES, type ResetCode, type SessionClosed } from "../errors.ts";
import { MAX_HEAD_BYTES } from "../limits.ts";
import { copyBytes } from "../small_bytes.ts";
import { FrameType } from "./frame.ts";
import type { ReceiveWindow, SendWindow } from "./flow_control.ts";
import { isInformational, type OpenHead, type ResponseHead } from "./head.ts";
import type { Mux } from "./mux.ts";
import { CreditFrame, encodeFrame, makeHeadFrame, type StreamName } from "./outbound.ts";
import { SendQueue } from "./send_queue.ts";
import { isOver, nextPhase, type Phase, type StreamEvent } from "./stream_state.ts";

/** What happens to a stream. Arrays and header blocks are only valid during the call. */
export interface StreamUser {
  /** The peer has answered; perhaps not for the last time. */
  onResponse(head: ResponseHead): void;
  /**
   * Whether an answer that is all there may be told by {@linkcode onWhole} alone.
   *
   * @default {false}
   */
  readonly takesWhole?: boolean;
  /** All of the answer, in one frame. Nothing of it counts as held. */
  onWhole?(head: ResponseHead, body: Uint8Array): void;
  /** Bytes came in. They count as held until `consumed()` is told of them. */
  onData(piece: Uint8Array): void;
  /** The peer has ended its direction. */
  onEnd(trailers: Uint8Array | undefined): void;
  /** The peer has reset the stream: nothing more goes in or out. */
  onReset(code: ResetCode): void;
  /** Everything that was given to `send()` has left. */
  onDrained(): void;
  /** The session has ended before the stream. */
  onAbandoned(end: SessionClosed): void;
}

/** A body that rides in the frame of its head is at most this long: a larger one takes turns. */
const MOST_RIDING_BYTES = 16 * 1024;

const NOBODY: StreamUser = {
  onResponse: () => {},
  onData: () => {},
  onEnd: () => {},
  onReset: () => {},
  onDrained: () => {},
  onAbandoned: () => {},
};

/** A stream. */
export class MuxStream implements StreamName {
  readonly slot: number;
  readonly generation: number;
  /** What waits to be sent; the outbox writes from it. */
  readonly queue: SendQueue;
  /** Whether the outbox knows that there is something to send. */
  isInLine = false;
  /** The number of the outbox's last urgent frame for this stream. */
  lastUrgent = 0;
  /** What is left of its turn, if the room ended before it. */
  turn = 0;
  /** The next stream in the outbox's line. */
  behind: MuxStream | undefined;
  readonly #mux: Mux;
  readonly #receiveWindow: ReceiveWindow;
  #user: StreamUser = NOBODY;
  #in: Phase;
  #out: Phase;
  #isEnding = false;
  /** Nobody wants what comes in any more. */
  #isDropping = false;
  #trailers: Uint8Array | undefined;
  #credit: CreditFrame | undefined;

  /** Made by the mux alone. */
  constructor(
    mux: Mux,
    name: StreamName,
    phases: { readonly in: Phase; readonly out: Phase },
    windows: { readonly send: SendWindow; readonly receive: ReceiveWindow },
  ) {
    this.#mux = mux;
    this.slot = name.slot;
    this.generation = name.generation;
    this.#in = phases.in;
    this.#out = phases.out;
    this.queue = new SendQueue(windows.send);
    this.#receiveWindow = windows.receive;
  }

  /** Says who is told what happens. */
  set user(user: StreamUser) {
    this.#user = user;
  }

  /** True once both directions are over; its name may belong to another by then. */
  get isClosed(): boolean {
    return isOver(this.#in) && isOver(this.#out);
  }

  /** True if nothing more can be sent. */
  get isSendOver(): boolean {
    return this.#isEnding || isOver(this.#out);
  }

  /** Bytes that the peer may have in flight or in our hands. */
  get window(): number {
    return this.#receiveWindow.size;
  }

  /** Bytes of bodies that were sent so far. */
  get sentBytes(): number {
    return this.queue.window.spent;
  }

  /** Bytes of bodies that came in so far. */
  get receivedBytes(): number {
    return this.#receiveWindow.received;
  }

  /** For the mux: sends the head that opens the stream. */
  sendOpen(head: OpenHead, body: Uint8Array, fin: boolean): void {
    this.#sendHead(head, this.#canRide(body.length) ? body : copyBytes(body), fin);
  }

  /**
   * Answers. A final answer can carry a first piece of body, and end with it. What
   * does not leave with the head must not change until `onDrained`.
   *
   * @throws {RangeError} If the head is too large.
   */
  respond(head: ResponseHead, body?: Uint8Array, fin = false): void {
    if (this.#out === "reset") return;
    const event = isInformational(head.status) ? "informational" : "response";
    if (event === "informational" && (fin || body !== undefined)) {
      throw new TypeError(`Cannot send a body with status ${head.status}`);
    }
    const phase = this.#legal(nextPhase(this.#out, event), event);
    const before = this.#out;
    this.#out = phase;
    try {
      this.#sendHead(head, body, fin);
    } catch (error) {
      // The head was too large, nothing was sent: another answer can be given.
      this.#out = before;
      throw error;
    }
  }

  #sendHead(head: OpenHead | ResponseHead, body: Uint8Array | undefined, fin: boolean): void {
    const length = body?.length ?? 0;
    if (this.#canRide(length)) {
      this.#mux.outbox.pushUrgent(makeHeadFrame(this, head, body, fin), this);
      this.queue.window.take(length);
      if (fin) this.#endOut();
      this.#mux.wake();
    } else {
      this.#mux.outbox.pushUrgent(makeHeadFrame(this, head), this);
      this.send(body!);
      if (fin) this.end();
    }
  }

  /** Whether a first piece of body of this length goes in the frame of its head. */
  #canRide(length: number): boolean {
    return length <= MOST_RIDING_BYTES && length <= this.queue.window.available;
  }

  /** Sends bytes, which must not change until `onDrained`. */
  send(chunk: Uint8Array): void {
    if (this.#out === "reset") return;
    if (this.#isEnding) this.#legal(undefined, "data");
    this.#legal(nextPhase(this.#out, "data"), "data");
    this.queue.push(chunk);
    this.#mux.outbox.pushStream(this);
    this.#mux.wake();
  }

  /**
   * Ends our direction, once everything has left.
   *
   * @throws {RangeError} If the trailers are too large.
   */
  end(trailers?: Uint8Array): void {
    if (this.#out === "reset") return;
    if (trailers?.length === 0) trailers = undefined;
    if (trailers !== undefined && trailers.length > MAX_HEAD_BYTES) {
      throw new RangeError(`Cannot send ${trailers.length} bytes of trailers`);
    }
    if (this.#isEnding) this.#legal(undefined, "fin");
    this.#legal(nextPhase(this.#out, "fin"), "fin");
    this.#isEnding = true;
    this.#trailers = trailers;
    this.queue.end(trailers !== undefined);
    if (this.queue.isAtTrailers) this.#sendTrailers();
    this.#mux.outbox.pushEnd(this);
    this.#mux.wake();
  }

  /** Ends both directions at once; what has not left is dropped. */
  reset(code: ResetCode): void {
    this.#user = NOBODY;
    this.#isDropping = true;
    if (isOver(this.#in)) this.#receiveWindow.close();
    if (this.isClosed || this.#out === "reset") return;
    this.#sendReset(code);
    this.#mux.settle(this);
  }

  /** The bytes given to `onData` are in nobody's way any more: the peer may send as many again. */
  consumed(bytes: number): void {
    if (this.#isDropping) return;
    const grant = this.#receiveWindow.consume(bytes, this.#mux.tuning);
    if (grant === 0) return;
    if (this.#credit === undefined || this.#credit.isSent) {
      this.#credit = new CreditFrame(this);
      this.#mux.outbox.pushUrgent(this.#credit, this);
    }
    this.#credit.add(grant);
    this.#mux.wake();
  }

  /** For the outbox: writes one frame of data. */
  writeData(room: Uint8Array, at: number, most: number): number {
    const { end, fin } = this.queue.write(room, at, most, this);
    if (fin) this.#endOut();
    else if (this.queue.isAtTrailers) this.#sendTrailers();
    if (this.queue.bytes === 0) this.#user.onDrained();
    return end;
  }

  /** For the mux: a head came in. False if it must not. */
  takeResponse(head: ResponseHead, body: Uint8Array, fin: boolean): boolean {
    const informational = isInformational(head.status);
    if (informational && (fin || body.length > 0)) return false;
    const event = informational ? "informational" : fin ? "response_fin" : "response";
    if (!this.#advanceIn(event)) return false;
    if (fin && this.#user.takesWhole) {
      this.#takeWhole(head, body);
      return true;
    }
    this.#user.onResponse(head);
    this.takeBody(body);
    if (fin) this.#endIn(undefined);
    return true;
  }

  #takeWhole(head: ResponseHead, body: Uint8Array): void {
    this.#receiveWindow.receive(body.length);
    this.#in = "ended";
    this.#receiveWindow.close();
    this.#user.onWhole!(head, body);
    this.#mux.settle(this);
  }

  /** For the mux: bytes came in with a head. */
  takeBody(body: Uint8Array): void {
    if (body.length === 0) return;
    this.#receiveWindow.receive(body.length);
    this.#user.onData(body);
  }

  /** For the mux: `length` bytes of data are coming. False if they must not. */
  startData(length: number): boolean {
    if (nextPhase(this.#in, length > 0 ? "data" : "fin") === undefined) return false;
    this.#receiveWindow.receive(length);
    return true;
  }

  /** For the mux: some of them. */
  takeData(piece: Uint8Array): void {
    this.#user.onData(piece);
  }

  /** For the mux: the peer has ended its direction. False if it must not. */
  takeEnd(trailers?: Uint8Array): boolean {
    if (!this.#advanceIn("fin")) return false;
    this.#endIn(trailers);
    return true;
  }

  /** For the mux: the peer has reset the stream. False if it must not. */
  takeReset(code: ResetCode): boolean {
    const isComplete = this.#in === "ended" && !this.#isDropping;
    if (!this.#advanceIn("reset")) return false;
    if (!isComplete) this.#receiveWindow.close();
    const user = this.#user;
    this.#user = NOBODY;
    if (!isOver(this.#out)) this.#sendReset("cancelled");
    user.onReset(code);
    this.#mux.settle(this);
    return true;
  }

  /** For the mux: the session is over. */
  abandon(end: SessionClosed): void {
    const user = this.#user;
    this.#user = NOBODY;
    this.#isDropping = true;
    this.#in = this.#out = "reset";
    this.queue.clear();
    user.onAbandoned(end);
  }

  /** For tests: throws unless the window adds up with `held` bytes in our hands. */
  checkInvariants(held: number): void {
    if (this.#out !== "reset" && !isOver(this.#in)) this.#receiveWindow.checkInvariants(held);
  }

  #advanceIn(event: StreamEvent): boolean {
    const next = nextPhase(this.#in, event);
    if (next === undefined) return false;
    this.#in = next;
    return true;
  }

  #legal(phase: Phase | undefined, event: StreamEvent): Phase {
    if (phase !== undefined) return phase;
    throw new TypeError(`Cannot send ${event} on a stream whose direction is at "${this.#out}"`);
  }

  #sendTrailers(): void {
    const frame = encodeFrame(FrameType.trailers, this.#trailers!, this, true);
    this.#trailers = undefined;
    this.queue.clear();
    this.#mux.outbox.pushUrgent(frame);
    this.#endOut();
  }

  #sendReset(code: ResetCode): void {
    const wire = RESET_CODES[code];
    this.queue.clear();
    this.#out = "reset";
    this.#mux.outbox.pushUrgent(
      encodeFrame(FrameType.reset, Uint8Array.of(wire >>> 8, wire), this),
    );
    this.#mux.wake();
  }

  #endOut(): void {
    this.#isEnding = true;
    this.#out = "ended";
    this.#mux.settle(this);
  }

  #endIn(trailers: Uint8Array | undefined): void {
    this.#in = "ended";
    if (this.#isDropping) this.#receiveWindow.close();
    else this.#receiveWindow.end();
    this.#user.onEnd(trailers);
    this.#mux.settle(this);
  }
}
