/**
 * Watches one visitor's connection: who is late, who has left, and what becomes of the
 * request then. It is told of everything as it happens, and looked at by a sweep.
 *
 * @module
 */

import type { Transport, TunnelStream } from "@tun/protocol";
import type { PlaceWait, Route } from "../routing/route.ts";
import type { ByteSource } from "./byte_source.ts";
import type { Deadlined, Deadlines } from "./deadlines.ts";
import type { ExchangeWatch } from "./exchange_sides.ts";
import type { BodyWatch } from "./request_body.ts";
import type { WriterWatch } from "./response_writer.ts";
import { ClockName, VisitorClocks } from "./visitor_clocks.ts";
import { VisitorFault } from "./visitor_fault.ts";

/** The head of a request takes at most this long from its first byte: no slow trickle. */
const HEAD_MS = 10_000;

/** A connection without a request is kept this long; browsers keep theirs a minute or more. */
const BETWEEN_REQUESTS_MS = 75_000;

/**
 * A visitor that has ended its side after a whole request may be waiting for the
 * response. If none flows for so long, it is gone. With the sweep's delay that is
 * within the second in which the app is to know.
 */
const GONE_MS = 750;

/**
 * When the server stops, a request may be on its way over a connection that has none:
 * whoever has one reuses it without asking. So much later it would have been here.
 */
const STOPPING_MS = 500;

/** After an early response the rest of the body is read so long, so that the response is seen. */
const DRAIN_MS = 2_000;

/** What a watch is made with. */
export interface VisitorWatchOptions {
  /** Watches the time. */
  readonly deadlines: Deadlines;
  /** How long a visitor may stall a read or an upload. */
  readonly idleTimeoutMs: number;
  /** The exact time. */
  readonly now: () => number;
}

/** Watches a connection, one request after the other. */
export class VisitorWatch implements Deadlined, ExchangeWatch, WriterWatch, BodyWatch {
  readonly #transport: Transport;
  readonly #options: VisitorWatchOptions;
  readonly #clocks: VisitorClocks;
  #source!: ByteSource;
  #phase: "idle" | "busy" | "upgraded" = "idle";
  /** Whether a visitor that ends its side now has left. */
  #mayLeave = false;
  #stream: TunnelStream | undefined;
  #placeWait: PlaceWait | undefined;
  #fault: VisitorFault | undefined;
  #responseMs = 0;
  /** Directions in which bytes are held back. */
  #held = 0;
  #sentBytes = 0;
  #openedAt = -1;
  #headAt = -1;
  /** Where the request goes: while that link is paused, nobody can be late. */
  route: Route | undefined;

  /** Makes a watch over a connection without a request. */
  constructor(transport: Transport, options: VisitorWatchOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#clocks = new VisitorClocks(() => options.deadlines.now);
  }

  /** Where the visitor's bytes are read; to be set before the first request. */
  set source(source: ByteSource) {
    this.#source = source;
  }

  /** True once what the visitor asked for has got as far as a client. */
  get isUnderWay(): boolean {
    return this.#phase === "upgraded" || this.#phase === "busy" && this.#stream !== undefined;
  }

  /** True while there is no request. */
  get isIdle(): boolean {
    return this.#phase === "idle";
  }

  /** Bytes of responses that the visitor has taken. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** When the request left for the tunnel; negative if it has not. */
  get openedAt(): number {
    return this.#openedAt;
  }

  /** When the head of the final response came; negative if it has not. */
  get headAt(): number {
    return this.#headAt;
  }

  get fault(): VisitorFault | undefined {
    return this.#fault;
  }

  /** Another request may come. */
  onIdle(isStopping: boolean): void {
    this.#phase = "idle";
    this.#clocks.stopAll();
    this.#clocks.start(ClockName.head, isStopping ? STOPPING_MS : BETWEEN_REQUESTS_MS);
    // Whoever waits with nothing to do keeps nothing of the last one, nor waits for its link.
    this.#stream = this.#placeWait = this.route = undefined;
  }

  /** The first byte of one has come. */
  onFirstByte(): void {
    this.#clocks.start(ClockName.head, HEAD_MS);
  }

  /** All of its head has, or something that is none. */
  onRequest(): void {
    this.#clocks.stop(ClockName.head);
    this.#phase = "busy";
    this.#mayLeave = false;
    this.#openedAt = this.#headAt = -1;
  }

  /** What the visitor still sends is read and dropped. */
  onDrain(): void {
    this.#clocks.stopAll();
    this.#clocks.start(ClockName.head, DRAIN_MS);
    this.route = undefined;
  }

  /** No request is taken any more but one that is on its way. */
  onStop(): void {
    if (this.#phase === "idle") this.#clocks.start(ClockName.head, STOPPING_MS);
  }

  /** The visitor has nothing more to say. */
  onSourceEnd(): void {
    if (this.#source.failure !== undefined) return this.leave();
    if (this.#phase !== "busy" || !this.#mayLeave) return;
    // Who keeps others waiting gets no benefit of the doubt: a flood of requests that are
    // taken back at once would hold every place of the tunnel.
    if (this.route?.places.isFull) this.leave();
    else this.#clocks.start(ClockName.leaving, GONE_MS);
  }

  onSweep(now: number, elapsed: number): void {
    if (this.#held > 0 || this.route?.isPaused) return this.#clocks.postpone(elapsed);
    switch (this.#clocks.late(now)) {
      case undefined:
        return;
      case ClockName.response:
        this.#clocks.stop(ClockName.response);
        return this.#stream?.reset("app_timeout");
      case ClockName.body:
        return this.#interrupt(new VisitorFault("stalled", "request_timeout"));
      case ClockName.leaving:
        return this.leave();
      default:
        return this.leave(new VisitorFault("stalled"));
    }
  }

  onOpen(stream: TunnelStream, timeoutMs: number): void {
    this.#stream = stream;
    this.#openedAt = this.#options.now();
    this.#clocks.start(ClockName.response, timeoutMs);
    this.#responseMs = timeoutMs;
    if (this.#fault !== undefined) stream.reset("cancelled");
  }

  onHeld(isHeld: boolean): void {
    this.#held += isHeld ? 1 : -1;
  }

  onSent(): void {
    this.#clocks.restart(ClockName.response, this.#responseMs);
    this.onWaiting();
  }

  onQueued(wait: PlaceWait): void {
    this.#placeWait = wait;
    this.onWaiting();
  }

  onWaiting(): void {
    this.#mayLeave = true;
    // Only to be told when there is nothing more.
    this.#source.look();
  }

  onUpgrade(): void {
    this.#phase = "upgraded";
    this.#clocks.stop(ClockName.leaving);
  }

  onHead(): void {
    this.#headAt = this.#options.now();
    this.#clocks.stop(ClockName.response);
  }

  onBodyWait(): void {
    this.#clocks.start(ClockName.body, this.#options.idleTimeoutMs);
  }

  onBodyProgress(): void {
    this.#clocks.stop(ClockName.body);
    this.#clocks.restart(ClockName.response, this.#responseMs);
  }

  onWrite(): void {
    this.#clocks.start(ClockName.taking, this.#options.idleTimeoutMs);
  }

  onWritten(bytes: number): void {
    this.#sentBytes += bytes;
    this.#clocks.stop(ClockName.taking);
    this.#clocks.restart(ClockName.leaving, GONE_MS);
  }

  /** Who does not take the rest is cut like all who take nothing. */
  onBroken(): void {}

  /** The visitor is at fault, or gone, and cannot be told. */
  leave(fault: VisitorFault = new VisitorFault("left")): void {
    this.#interrupt(fault);
    this.#transport.close();
  }

  /** The visitor is at fault, but can still be told. */
  #interrupt(fault: VisitorFault): void {
    this.#fault ??= fault;
    this.#clocks.stop(ClockName.body);
    this.#placeWait?.leave();
    if (this.#stream === undefined) this.#transport.close();
    else this.#stream.reset("cancelled");
  }
}
