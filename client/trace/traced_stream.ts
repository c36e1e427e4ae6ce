/**
 * A stream that ends a span when the exchange on it ends.
 *
 * It stands between the stream and whoever forwards it, so that forwarding knows nothing of
 * traces, and pays nothing when there are none.
 *
 * @module
 */

import type { HttpOpen, ResetCode, ResponseHead, StreamFailure } from "@tun/protocol";
import type { Span, SpanAttributes } from "@tun/protocol/trace";
import type { RequestStream } from "../forward/request_stream.ts";

/** The stream with a span around it. */
export class TracedStream implements RequestStream {
  /** What is asked, with the span as the app's parent. */
  readonly head: HttpOpen;
  readonly #stream: RequestStream;
  readonly #span: Span;
  #onFailure: (failure: StreamFailure) => void = () => {};
  /** Of the final answer; 0 before. */
  #status = 0;
  /** Directions of an upgraded connection that have not ended. */
  #open = 2;
  #isEnded = false;

  /** Takes `head` in place of the stream's own, and ends `span`. */
  constructor(stream: RequestStream, head: HttpOpen, span: Span) {
    this.#stream = stream;
    this.head = head;
    this.#span = span;
    stream.onFailure = (failure) => {
      // The visitor left, or the link is gone for good: not the app's fault.
      this.#end("gone");
      this.#onFailure(failure);
    };
  }

  get failure(): StreamFailure | undefined {
    return this.#stream.failure;
  }

  get trailers(): Uint8Array | undefined {
    return this.#stream.trailers;
  }

  get isDrained(): boolean {
    return this.#stream.isDrained;
  }

  set onFailure(callback: (failure: StreamFailure) => void) {
    this.#onFailure = callback;
    if (this.failure !== undefined) callback(this.failure);
  }

  tryRead(): Uint8Array | null | undefined {
    const piece = this.#stream.tryRead();
    if (piece === null) this.#onRequestEnd();
    return piece;
  }

  async read(): Promise<Uint8Array | null> {
    const piece = await this.#stream.read();
    if (piece === null) this.#onRequestEnd();
    return piece;
  }

  recycle(piece: Uint8Array): void {
    this.#stream.recycle(piece);
  }

  respond(head: ResponseHead, body?: Uint8Array, fin?: boolean): Promise<void> {
    const { status } = head;
    if (status >= 200 || status === 101) this.#status = status;
    if (fin) this.#end("answered");
    return this.#stream.respond(head, body, fin);
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#stream.write(bytes);
  }

  end(trailers?: Uint8Array): Promise<void> {
    if (this.#status !== 101) this.#end("answered");
    else this.#onDirectionEnd();
    return this.#stream.end(trailers);
  }

  reset(code: ResetCode): void {
    this.#end(this.#status === 0 ? "failed" : "broken", code);
    this.#stream.reset(code);
  }

  /** Before an upgrade it is nothing but the end of a body. */
  #onRequestEnd(): void {
    if (this.#status === 101) this.#onDirectionEnd();
  }

  #onDirectionEnd(): void {
    if (--this.#open === 0) this.#end("upgraded");
  }

  /** An app fails with any status from 400 on, as the conventions want it of who has asked. */
  #end(outcome: string, code?: ResetCode): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const status = this.#status;
    const attributes: SpanAttributes = {
      "tun.outcome": outcome,
      ...(status === 0 ? {} : { "http.response.status_code": BigInt(status) }),
    };
    this.#span.end(attributes, code ?? (status >= 400 ? String(status) : undefined));
  }
}
