/**
 * One visitor's connection: requests one after the other, each handed to whoever
 * its host belongs to, until either side has had enough.
 *
 * Nothing is awaited without a clock running ({@linkcode VisitorClocks}).
 *
 * @module
 */

import { type Transport, TransportError, type TunnelStream } from "@tun/protocol";
import {
  encodeResponseHead,
  HttpViolation,
  type RequestHead,
  RequestHeadParser,
} from "@tun/protocol/http1";
import type { Occupant } from "../admission/connection_caps.ts";
import type { PlaceWait } from "../routing/route.ts";
import { type AnswerCode, answerFor, statusOf } from "./answer.ts";
import { ByteSource } from "./byte_source.ts";
import type { Deadlined, Deadlines } from "./deadlines.ts";
import type { ExchangeEnd, ExchangeWatch } from "./exchange.ts";
import { answerToViolation } from "./outcome.ts";
import { VisitorBody } from "./request_body.ts";
import { ResponseWriter, type WriterWatch } from "./response_writer.ts";
import { VisitorClocks } from "./visitor_clocks.ts";
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

/** After an early response so much of the body is still read, so that the response is seen. */
const DRAIN_BYTES = 256 * 1024;
const DRAIN_MS = 2_000;

/** What the connections of a server have in common. */
export interface ConnectionRules {
  /** Watches the time. */
  readonly deadlines: Deadlines;
  /** How long a visitor may stall a read or an upload. */
  readonly idleTimeoutMs: number;
  /** Bytes of body at most. */
  readonly maxBody: number;
  /** True once no further request is to be taken. */
  readonly isStopping: () => boolean;
  /** Carries one request to its end. */
  handle(request: IncomingRequest): Promise<ExchangeEnd>;
  /** Told of what is no request and how it is answered; gives it an id. */
  onBadRequest(code: AnswerCode, status: number): string;
  /** The exact time. */
  readonly now: () => number;
}

/** One request on a connection. */
export interface IncomingRequest {
  /** Its head. */
  readonly head: RequestHead;
  /** Its body. */
  readonly body: VisitorBody;
  /** Where its response goes. */
  readonly writer: ResponseWriter;
  /** Tells the connection how it goes. */
  readonly watch: ExchangeWatch;
  /** The connection, for who takes it over. */
  readonly connection: VisitorConnection;
}

/** A visitor's connection. */
export class VisitorConnection implements Deadlined, ExchangeWatch, Occupant, WriterWatch {
  /** The bytes' way. */
  readonly transport: Transport;
  /** The visitor's bytes. */
  readonly source: ByteSource;
  readonly #rules: ConnectionRules;
  readonly #clocks: VisitorClocks;
  readonly #parser = new RequestHeadParser();
  #phase: "idle" | "busy" | "upgraded" | "given_away" = "idle";
  #stream: TunnelStream | undefined;
  #placeWait: PlaceWait | undefined;
  #fault: VisitorFault | undefined;
  #responseMs = 0;
  /** Directions in which bytes are held back. */
  #held = 0;
  #sentBytes = 0;
  #openedAt = -1;
  #headAt = -1;

  /** Makes a connection; {@linkcode serve} starts it. */
  constructor(transport: Transport, rules: ConnectionRules) {
    this.transport = transport;
    this.source = new ByteSource(transport);
    this.#rules = rules;
    this.#clocks = new VisitorClocks(() => rules.deadlines.now);
  }

  /** True once what the visitor asked for has got as far as a client. */
  get isUnderWay(): boolean {
    return this.#phase === "upgraded" || this.#phase === "busy" && this.#stream !== undefined;
  }

  /** True while it has no request. */
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

  /** Asked for by the sweep: while the tunnel's link is paused, nobody can be late. */
  isTunnelPaused: () => boolean = () => false;

  /** Whether others wait for the place that this visitor's request has. */
  isPlaceWanted: () => boolean = () => false;

  get fault(): VisitorFault | undefined {
    return this.#fault;
  }

  /** Serves requests until the connection ends. Never rejects for what a visitor does. */
  async serve(): Promise<void> {
    const { deadlines } = this.#rules;
    deadlines.add(this);
    try {
      while (await this.#serveOne());
    } catch (error) {
      if (!(error instanceof TransportError || error instanceof VisitorFault)) throw error;
    } finally {
      deadlines.remove(this);
      if (this.#phase !== "given_away") this.transport.close();
    }
  }

  /** Gives the connection to somebody else, with the bytes that were read already. */
  giveAway(): Uint8Array {
    this.#phase = "given_away";
    this.#rules.deadlines.remove(this);
    const { piece } = this.source;
    this.source.use(piece.length);
    return piece;
  }

  /** Takes one more request at most, and that one soon; then the connection closes. */
  stop(): void {
    if (this.#phase === "idle") this.#clocks.start("head", STOPPING_MS);
  }

  /** Makes room for others. */
  evict(): void {
    this.#leave(new VisitorFault("left"));
  }

  onSweep(now: number, elapsed: number): void {
    if (this.#held > 0 || this.isTunnelPaused()) return this.#clocks.postpone(elapsed);
    switch (this.#clocks.late(now)) {
      case undefined:
        return;
      case "response":
        this.#clocks.stop("response");
        return this.#stream?.reset("app_timeout");
      case "body":
        return this.#interrupt(new VisitorFault("stalled", "request_timeout"));
      case "leaving":
        return this.#leave(new VisitorFault("left"));
      default:
        return this.#leave(new VisitorFault("stalled"));
    }
  }

  onOpen(stream: TunnelStream, timeoutMs: number): void {
    this.#stream = stream;
    this.#openedAt = this.#rules.now();
    this.#clocks.start("response", timeoutMs);
    this.#responseMs = timeoutMs;
    if (this.#fault !== undefined) stream.reset("cancelled");
  }

  onHeld(isHeld: boolean): void {
    this.#held += isHeld ? 1 : -1;
  }

  onSent(): void {
    this.#clocks.restart("response", this.#responseMs);
    this.onWaiting();
  }

  onQueued(wait: PlaceWait): void {
    this.#placeWait = wait;
    this.onWaiting();
  }

  onWaiting(): void {
    if (this.source.piece.length > 0) return;
    this.source.more().then(
      (isMore) => {
        if (isMore || this.#phase !== "busy") return;
        // Who keeps others waiting gets no benefit of the doubt: a flood of requests that are
        // taken back at once would hold every place of the tunnel.
        if (this.isPlaceWanted()) this.#leave(new VisitorFault("left"));
        else this.#clocks.start("leaving", GONE_MS);
      },
      () => this.#leave(new VisitorFault("left")),
    );
  }

  onUpgrade(): void {
    this.#phase = "upgraded";
    this.#clocks.stop("leaving");
  }

  onHead(): void {
    this.#headAt = this.#rules.now();
    this.#clocks.stop("response");
  }

  onWrite(): void {
    this.#clocks.start("taking", this.#rules.idleTimeoutMs);
  }

  onWritten(bytes: number): void {
    this.#sentBytes += bytes;
    this.#clocks.stop("taking");
    this.#clocks.restart("leaving", GONE_MS);
  }

  /** Who does not take the rest is cut like all who take nothing. */
  onBroken(): void {}

  async #serveOne(): Promise<boolean> {
    const head = await this.#readHead();
    if (head === null) return false;
    this.#phase = "busy";
    this.#stream = this.#placeWait = undefined;
    this.#openedAt = this.#headAt = -1;
    this.isTunnelPaused = this.isPlaceWanted = () => false;
    const body = new VisitorBody(head, this.source, {
      mostBytes: this.#rules.maxBody,
      onWait: () => this.#clocks.start("body", this.#rules.idleTimeoutMs),
      onProgress: () => {
        this.#clocks.stop("body");
        this.#clocks.restart("response", this.#responseMs);
      },
    });
    const isLast = () => this.#rules.isStopping() || !body.isWhole;
    const writer = new ResponseWriter(this.transport, this.source, head, isLast, this);
    const end = await this.#rules.handle({ head, body, writer, watch: this, connection: this });
    if (this.#isGivenAway() || end.kind !== "answered") return false;
    this.#clocks.stopAll();
    if (writer.isKeptAlive && body.isWhole) {
      this.#phase = "idle";
      return true;
    }
    // Closing with bytes unread could take the response back.
    if (body.isWhole && this.source.piece.length === 0) await this.transport.closeWrite();
    else await this.#drain();
    return false;
  }

  /** A method, because the phase changes while a request is handled. */
  #isGivenAway(): boolean {
    return this.#phase === "given_away";
  }

  async #readHead(): Promise<RequestHead | null> {
    this.#clocks.start("head", this.#rules.isStopping() ? STOPPING_MS : BETWEEN_REQUESTS_MS);
    let isFirst = true;
    for (;;) {
      if (!await this.source.more()) return null;
      if (isFirst) this.#clocks.start("head", HEAD_MS);
      isFirst = false;
      try {
        const { piece } = this.source;
        const head = this.#parser.push(piece);
        this.source.use(head === null ? piece.length : this.#parser.consumed);
        if (head === null) continue;
        this.#clocks.stop("head");
        return head;
      } catch (error) {
        if (!(error instanceof HttpViolation)) throw error;
        await this.#refuse(answerToViolation(error));
        return null;
      }
    }
  }

  /** The visitor is at fault, but can still be told. */
  #interrupt(fault: VisitorFault): void {
    this.#fault ??= fault;
    this.#clocks.stop("body");
    this.#placeWait?.leave();
    if (this.#stream === undefined) this.transport.close();
    else this.#stream.reset("cancelled");
  }

  #leave(fault: VisitorFault): void {
    this.#interrupt(fault);
    this.transport.close();
  }

  async #refuse(code: AnswerCode): Promise<void> {
    this.#phase = "busy";
    const requestId = this.#rules.onBadRequest(code, statusOf(code));
    const { status, reason, fields: own, body } = answerFor(code, null, requestId);
    const fields = own.edit().append("Connection", "close");
    this.onWrite();
    await this.transport.write(encodeResponseHead({ status, reason, fields }, body));
    await this.#drain();
  }

  /** Ends our side and reads on a little: closing at once could take the response along. */
  async #drain(): Promise<void> {
    this.#clocks.stopAll();
    this.#clocks.start("head", DRAIN_MS);
    await this.transport.closeWrite();
    let left = DRAIN_BYTES;
    while (left > 0 && await this.source.more()) {
      left -= this.source.piece.length;
      this.source.use(this.source.piece.length);
    }
  }
}
