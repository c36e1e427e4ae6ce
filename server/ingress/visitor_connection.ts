/**
 * One visitor's connection: requests one after the other, each handed to whoever
 * its host belongs to, until either side has had enough.
 *
 * ```text
 *  serve ──► #next ──► onMore ──► handle ──► onEnd ──► #next …
 *             wait for bytes   head is whole    └──► refuse, drain, close
 * ```
 *
 * It goes from step to step without a promise: with thousands of connections, functions that
 * wait cost a request as much as reading its head. Nothing is waited for without a clock running
 * ({@linkcode VisitorWatch}).
 *
 * @module
 */

import { type Transport, TransportError } from "@tun/protocol";
import {
  encodeResponseHead,
  HttpViolation,
  type RequestHead,
  RequestHeadParser,
} from "@tun/protocol/http1";
import type { Occupant } from "../admission/connection_caps.ts";
import { type AnswerCode, answerFor, statusOf } from "./answer.ts";
import { ByteSource, type SourceListener } from "./byte_source.ts";
import type { ExchangeEnd, ExchangeListener } from "./exchange_sides.ts";
import { answerToViolation } from "./outcome.ts";
import { VisitorBody } from "./request_body.ts";
import { ResponseWriter } from "./response_writer.ts";
import { VisitorFault } from "./visitor_fault.ts";
import { VisitorWatch, type VisitorWatchOptions } from "./visitor_watch.ts";

/** After an early response so much of the body is still read, so that the response is seen. */
const DRAIN_BYTES = 256 * 1024;

/** What happens to a connection's requests. */
export interface ConnectionRules extends VisitorWatchOptions {
  /** Bytes of body at most. */
  readonly maxBody: number;
  /** True once no further request is to be taken. */
  readonly isStopping: () => boolean;
  /** Carries one request to its end, and tells. */
  handle(request: IncomingRequest, listener: ExchangeListener): void;
  /** Told of its end; not when the connection broke with it. */
  onEnd?(request: IncomingRequest, end: ExchangeEnd): void;
  /** Told of what is no request and how it is answered; gives it an id. */
  onBadRequest(code: AnswerCode, status: number): string;
}

/**
 * One request on a connection. A class, as is everything that lives as long as its stream: what a
 * literal makes, V8 takes for long-lived once most of it was, which ten thousand streams that wait
 * see to. Then each small request, and all that it leads to, stays until a full collection.
 */
export class IncomingRequest {
  /** Its head. */
  readonly head: RequestHead;
  /** Its body. */
  readonly body: VisitorBody;
  /** Where its response goes. */
  readonly writer: ResponseWriter;
  /** The connection, for who takes it over. */
  readonly connection: VisitorConnection;

  /** Made once the head is whole. */
  constructor(
    head: RequestHead,
    body: VisitorBody,
    writer: ResponseWriter,
    connection: VisitorConnection,
  ) {
    this.head = head;
    this.body = body;
    this.writer = writer;
    this.connection = connection;
  }
}

/** A visitor's connection. */
export class VisitorConnection implements Occupant, SourceListener, ExchangeListener {
  /** The bytes' way. */
  readonly transport: Transport;
  /** The visitor's bytes. */
  readonly source: ByteSource;
  /** Who is late, and who has left. */
  readonly watch: VisitorWatch;
  readonly #rules: ConnectionRules;
  readonly #parser = new RequestHeadParser();
  readonly #writer: ResponseWriter;
  readonly #served = Promise.withResolvers<void>();
  #request: IncomingRequest | undefined;
  /** A part of a head has come. */
  #hasBegun = false;
  #isGivenAway = false;

  /** Makes a connection; {@linkcode serve} starts it. */
  constructor(transport: Transport, rules: ConnectionRules) {
    this.transport = transport;
    this.#rules = rules;
    this.watch = new VisitorWatch(transport, rules);
    this.source = this.watch.source = new ByteSource(transport, () => this.watch.onSourceEnd());
    this.#writer = new ResponseWriter(transport, this.source, () => this.#isLast, this.watch);
  }

  /** True while it has no request. */
  get isIdle(): boolean {
    return this.watch.isIdle;
  }

  /** Serves requests until the connection ends. Never rejects for what a visitor does. */
  async serve(): Promise<void> {
    const { deadlines } = this.#rules;
    deadlines.add(this.watch);
    try {
      this.#next();
      await this.#served.promise;
    } catch (error) {
      if (!(error instanceof TransportError || error instanceof VisitorFault)) throw error;
    } finally {
      deadlines.remove(this.watch);
      if (!this.#isGivenAway) this.transport.close();
    }
  }

  /** Gives the connection to somebody else, with the bytes that were read already. */
  giveAway(): Uint8Array {
    this.#isGivenAway = true;
    this.#rules.deadlines.remove(this.watch);
    const { piece } = this.source;
    this.source.use(piece.length);
    return piece;
  }

  /** Takes one more request at most, and that one soon; then the connection closes. */
  stop(): void {
    this.watch.onStop();
  }

  /** Makes room for others. */
  evict(): void {
    this.watch.leave();
  }

  #next(): void {
    this.watch.onIdle(this.#rules.isStopping());
    this.#hasBegun = false;
    this.source.listen(this);
  }

  /** For the source. */
  onMore(): void {
    try {
      if (this.source.piece.length === 0) return this.#served.resolve();
      if (!this.#hasBegun) this.watch.onFirstByte();
      this.#hasBegun = true;
      const head = this.#readHead();
      if (head === null) this.source.listen(this);
      else this.#onHead(head);
    } catch (error) {
      this.onFault(error);
    }
  }

  #onHead(head: RequestHead | HttpViolation): void {
    const { watch, source } = this;
    watch.onRequest();
    if (head instanceof HttpViolation) return this.#end(this.#refuse(answerToViolation(head)));
    const body = new VisitorBody(head, source, this.#rules.maxBody, watch);
    const writer = this.#writer;
    writer.begin(head);
    this.#request = new IncomingRequest(head, body, writer, this);
    this.#rules.handle(this.#request, this);
  }

  /** For who carries a request. */
  onEnd(end: ExchangeEnd): void {
    try {
      const request = this.#request!;
      this.#rules.onEnd?.(request, end);
      if (this.#isGivenAway || end.kind !== "answered") return this.#served.resolve();
      const { body } = request;
      if (this.#writer.isKeptAlive && body.isWhole) return this.#next();
      // Closing with bytes unread could take the response back.
      if (!body.isWhole || this.source.piece.length > 0) this.#end(this.#drain());
      else this.#end(this.transport.closeWrite());
    } catch (error) {
      this.onFault(error);
    }
  }

  /** For who carries a request. */
  onFault(error: unknown): void {
    this.#served.reject(error);
  }

  /** The connection ends with `last`. */
  #end(last: Promise<void>): void {
    this.#served.resolve(last);
  }

  /** Whether the connection is to be closed behind the present response. */
  get #isLast(): boolean {
    return this.#rules.isStopping() || !this.#request!.body.isWhole;
  }

  /** Takes what is in hand; `null` if the head is not whole. */
  #readHead(): RequestHead | HttpViolation | null {
    const { piece } = this.source;
    try {
      const head = this.#parser.push(piece);
      this.source.use(head === null ? piece.length : this.#parser.consumed);
      return head;
    } catch (error) {
      if (error instanceof HttpViolation) return error;
      throw error;
    }
  }

  async #refuse(code: AnswerCode): Promise<void> {
    const requestId = this.#rules.onBadRequest(code, statusOf(code));
    const { status, reason, fields: own, body } = answerFor(code, null, requestId);
    const fields = own.edit().append("Connection", "close");
    this.watch.onWrite();
    await this.transport.write(encodeResponseHead({ status, reason, fields }, body));
    await this.#drain();
  }

  /** Ends our side and reads on a little: closing at once could take the response along. */
  async #drain(): Promise<void> {
    this.watch.onDrain();
    await this.transport.closeWrite();
    let left = DRAIN_BYTES;
    while (left > 0 && await this.source.more()) {
      left -= this.source.piece.length;
      this.source.use(this.source.piece.length);
    }
  }
}
