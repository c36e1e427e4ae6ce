/**
 * A stream whose body has been read already, and is given once more.
 *
 * @module
 */

import type { ResetCode, ResponseHead, StreamFailure, TunnelStream } from "@tun/protocol";
import type { RequestStream } from "../request_stream.ts";

/** The stream with its body in hand; everything else is the stream's own. */
export class HeldStream implements RequestStream {
  readonly head: TunnelStream["head"];
  readonly #stream: RequestStream;
  #body: Uint8Array | null;

  /** `body` is all that the stream has brought; its end has been seen. */
  constructor(stream: RequestStream, body: Uint8Array) {
    this.head = stream.head;
    this.#stream = stream;
    this.#body = body.length === 0 ? null : body;
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
    this.#stream.onFailure = callback;
  }

  tryRead(): Uint8Array | null {
    const body = this.#body;
    this.#body = null;
    return body;
  }

  read(): Promise<Uint8Array | null> {
    return Promise.resolve(this.tryRead());
  }

  /** The body may be wanted again, should the app hang up on the first attempt. */
  recycle(): void {}

  respond(head: ResponseHead, body?: Uint8Array, fin?: boolean): Promise<void> {
    return this.#stream.respond(head, body, fin);
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#stream.write(bytes);
  }

  end(trailers?: Uint8Array): Promise<void> {
    return this.#stream.end(trailers);
  }

  reset(code: ResetCode): void {
    this.#stream.reset(code);
  }
}
