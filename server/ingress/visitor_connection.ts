/**
 * One visitor's connection: requests one after the other, each handed to whoever
 * its host belongs to, until either side has had enough.
 *
 * Nothing is awaited without a clock running ({@linkcode VisitorWatch}).
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
import { ByteSource } from "./byte_source.ts";
import type { ExchangeEnd } from "./exchange_sides.ts";
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
  /** Carries one request to its end. */
  handle(request: IncomingRequest): Promise<ExchangeEnd>;
  /** Told of its end; not when the connection broke with it. */
  onEnd?(request: IncomingRequest, end: ExchangeEnd): void;
  /** Told of what is no request and how it is answered; gives it an id. */
  onBadRequest(code: AnswerCode, status: number): string;
}

/** One request on a connection. */
export interface IncomingRequest {
  /** Its head. */
  readonly head: RequestHead;
  /** Its body. */
  readonly body: VisitorBody;
  /** Where its response goes. */
  readonly writer: ResponseWriter;
  /** The connection, for who takes it over. */
  readonly connection: VisitorConnection;
}

/** A visitor's connection. */
export class VisitorConnection implements Occupant {
  /** The bytes' way. */
  readonly transport: Transport;
  /** The visitor's bytes. */
  readonly source: ByteSource;
  /** Who is late, and who has left. */
  readonly watch: VisitorWatch;
  readonly #rules: ConnectionRules;
  readonly #parser = new RequestHeadParser();
  readonly #writer: ResponseWriter;
  #body: VisitorBody | undefined;
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
      await this.#serveAll();
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

  /** One loop, because each function that waits costs a request as much as reading its head. */
  async #serveAll(): Promise<void> {
    const { watch, source } = this;
    const writer = this.#writer;
    for (;;) {
      watch.onIdle(this.#rules.isStopping());
      if (!await source.more()) return;
      watch.onFirstByte();
      let head = this.#readHead();
      while (head === null) {
        if (!await source.more()) return;
        head = this.#readHead();
      }
      watch.onRequest();
      if (head instanceof HttpViolation) return await this.#refuse(answerToViolation(head));
      const body = new VisitorBody(head, source, this.#rules.maxBody, watch);
      this.#body = body;
      writer.begin(head);
      const request = { head, body, writer, connection: this };
      const end = await this.#rules.handle(request);
      this.#rules.onEnd?.(request, end);
      if (this.#isGivenAway || end.kind !== "answered") return;
      if (writer.isKeptAlive && body.isWhole) continue;
      // Closing with bytes unread could take the response back.
      if (!body.isWhole || source.piece.length > 0) return await this.#drain();
      return await this.transport.closeWrite();
    }
  }

  /** Whether the connection is to be closed behind the present response. */
  get #isLast(): boolean {
    return this.#rules.isStopping() || !this.#body!.isWhole;
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
