/**
 * Writes responses on a visitor's connection: frames them for what the visitor
 * speaks, and waits until it has taken them.
 *
 * @module
 */

import { type SendListener, sendTo, type Transport, type TunnelStream } from "@tun/protocol";
import { concat } from "@std/bytes/concat";
import {
  BODY_UNTIL_CLOSE,
  CHUNKED_BODY,
  encodeChunk,
  encodeLastChunk,
  encodeResponseHead,
  type Framing,
  type HeaderBlock,
  type HeaderEdit,
  LAST_CHUNK,
  type RequestHead,
  type ResponseHead,
} from "@tun/protocol/http1";
import type { Pace } from "../routing/route.ts";
import { type AnswerCode, answerFor } from "./answer.ts";
import type { ByteSource } from "./byte_source.ts";
import type { ResponseSink } from "./exchange_sides.ts";
import { pipe, type PipeWatch } from "./pipe.ts";

/** A first piece of body of this size goes in one write with the head. */
const MOST_JOINED_BYTES = 16 * 1024;

/** What happens while a response is written. */
export interface WriterWatch extends PipeWatch {
  /** From now on another protocol is spoken. */
  onUpgrade(): void;
}

/** The response side of a connection: one exchange after the other. */
export class ResponseWriter implements ResponseSink, SendListener {
  readonly #transport: Transport;
  readonly #source: ByteSource;
  readonly #watch: WriterWatch;
  readonly #isLast: () => boolean;
  #request!: RequestHead;
  #framing: Framing | undefined;
  #isKeptAlive = false;
  #isFinished = false;
  /** How much is being written, and who hears of it if nobody awaits it. */
  #writing = 0;
  #sender: SendListener | undefined;
  /** What the request is called, also in an answer of ours. */
  requestId = "";

  /** Makes a writer; `isLast` says if the connection is to be closed behind a response. */
  constructor(
    transport: Transport,
    source: ByteSource,
    isLast: () => boolean,
    watch: WriterWatch,
  ) {
    this.#transport = transport;
    this.#source = source;
    this.#watch = watch;
    this.#isLast = isLast;
  }

  /** Starts the response to a request. */
  begin(request: RequestHead): void {
    this.#request = request;
    this.#isKeptAlive = request.keepAlive;
    this.#framing = undefined;
    this.#isFinished = false;
    this.requestId = "";
  }

  /** Whether the visitor was told that the connection stays open. */
  get isKeptAlive(): boolean {
    return this.#isKeptAlive;
  }

  async inform(head: ResponseHead, fields: HeaderEdit): Promise<void> {
    // HTTP/1.0 knows none.
    if (this.#request.minor === 0) return;
    const { status, reason } = head;
    await this.#write(encodeResponseHead({ status, reason, fields }));
  }

  send(head: ResponseHead, fields: HeaderEdit, body: Uint8Array, listener: SendListener): void {
    const { status, reason } = head;
    this.#framing = this.#frame(head.framing(this.#request.method), fields);
    const first = this.#encodeFirst(body.length > 0 ? body : undefined, true);
    const bytes = encodeResponseHead({ status, reason, fields }, first);
    this.#watch.onWrite();
    this.#writing = bytes.length;
    this.#sender = listener;
    sendTo(this.#transport, bytes, this);
  }

  /** For the transport. */
  onSent(): void {
    this.#watch.onWritten(this.#writing);
    this.#takeSender().onSent();
  }

  /** For the transport. */
  onUnsent(error: unknown): void {
    this.#takeSender().onUnsent(error);
  }

  /** It hears once, and is not kept until there is another. */
  #takeSender(): SendListener {
    const sender = this.#sender!;
    this.#sender = undefined;
    return sender;
  }

  start(
    head: ResponseHead,
    fields: HeaderEdit,
    first: Uint8Array | undefined,
    isWhole: boolean,
  ): Promise<void> {
    const { status, reason } = head;
    this.#framing = this.#frame(head.framing(this.#request.method), fields);
    const body = this.#encodeFirst(first, isWhole);
    if (body === undefined || body.length <= MOST_JOINED_BYTES) {
      return this.#write(encodeResponseHead({ status, reason, fields }, body));
    }
    return this.#write(encodeResponseHead({ status, reason, fields }))
      .then(() => this.#write(body));
  }

  /** Decides how the body is delimited, and adds the fields that say so. */
  #frame(own: Framing, fields: HeaderEdit): Framing {
    const { minor } = this.#request;
    const isOpen = own.kind === "chunked" || own.kind === "until_close";
    // How the app delimited a body without a length is its own affair.
    const framing = !isOpen ? own : minor === 0 ? BODY_UNTIL_CLOSE : CHUNKED_BODY;
    if (framing.kind === "chunked") fields.append("Transfer-Encoding", "chunked");
    this.#announceClose(fields, framing.kind === "until_close");
    return framing;
  }

  #announceClose(fields: HeaderEdit, mustClose: boolean): void {
    if (mustClose || this.#isLast()) this.#isKeptAlive = false;
    if (!this.#isKeptAlive) fields.append("Connection", "close");
    else if (this.#request.minor === 0) fields.append("Connection", "keep-alive");
  }

  /** A small response that is all there leaves in one piece. */
  #encodeFirst(first: Uint8Array | undefined, isWhole: boolean): Uint8Array | undefined {
    if (this.#framing?.kind !== "chunked") return first;
    const chunk = first === undefined ? undefined : encodeChunk(first);
    if (!isWhole) return chunk;
    this.#isFinished = true;
    return chunk === undefined ? LAST_CHUNK : concat([chunk, LAST_CHUNK]);
  }

  write(piece: Uint8Array): Promise<void> {
    return this.#write(this.#framing?.kind === "chunked" ? encodeChunk(piece) : piece);
  }

  async finish(trailers: HeaderBlock | null): Promise<void> {
    if (this.#framing?.kind !== "chunked" || this.#isFinished) return;
    await this.#write(encodeLastChunk(trailers));
  }

  async upgrade(
    head: ResponseHead,
    fields: HeaderEdit,
    stream: TunnelStream,
    pace: Pace | undefined,
  ): Promise<void> {
    this.#watch.onUpgrade();
    this.#isKeptAlive = false;
    this.#framing = { kind: "until_close" };
    const { status, reason } = head;
    fields.append("Connection", "Upgrade");
    await this.#write(encodeResponseHead({ status, reason, fields }));
    await pipe(this.#transport, this.#source, stream, this.#watch, pace);
  }

  async answer(code: AnswerCode, retryAfterS?: number): Promise<void> {
    const accept = this.#request.headers.get("accept");
    const { status, reason, fields: own, body } = answerFor(
      code,
      accept,
      this.requestId,
      retryAfterS,
    );
    const fields = own.edit();
    this.#framing = { kind: "length", length: body.length };
    this.#announceClose(fields, false);
    const isHead = this.#request.method === "HEAD";
    await this.#write(encodeResponseHead({ status, reason, fields }, isHead ? undefined : body));
  }

  #write(bytes: Uint8Array): Promise<void> {
    this.#watch.onWrite();
    this.#writing = bytes.length;
    return this.#transport.write(bytes).then(this.#onWritten);
  }

  // A field, so that no closure is made for each write.
  readonly #onWritten = (): void => this.#watch.onWritten(this.#writing);
}
