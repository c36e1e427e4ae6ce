/**
 * What one end of a stream must see, as a model beside the real one.
 *
 * @module
 */

import type { ResetCode } from "../../protocol/errors.ts";
import type { ResponseHead } from "../../protocol/mux/head.ts";
import { isInformational } from "../../protocol/mux/head.ts";
import type { MuxStream, StreamUser } from "../../protocol/mux/stream.ts";
import { checkContent, contentAt } from "./pattern.ts";
import { claim } from "./target.ts";

/** Larger pieces are sent without a copy of their own that can be spoilt afterwards. */
const MOST_COPIED_BYTES = 4096;

/** How a direction ended. */
interface Ending {
  readonly trailers: Uint8Array | undefined;
}

/** One end of a stream and all that was done to it. */
export class MuxEnd implements StreamUser {
  /** The same stream's other end, once it is there. */
  other: MuxEnd | undefined;
  /** Bytes sent, so the offset of the next. */
  sent = 0;
  /** How our direction was ended by us. */
  ending: Ending | undefined;
  /** Final heads and informational ones that were sent and have not arrived. */
  readonly responses: ResponseHead[] = [];
  /** Whether a final head must still be sent before anything else. */
  owesResponse: boolean;
  /** Whether we, or the peer, reset the stream. */
  reset: "no" | "local" | "remote" = "no";
  /** Bytes that came in. */
  received = 0;
  /** Those of them that were not consumed. */
  held = 0;
  /** The peer's direction has ended. */
  isInEnded = false;
  /** What may be spoilt as soon as it has left. */
  readonly #lent: Uint8Array[] = [];

  /** Watches `stream`; the other end's bytes have the salt plus one. */
  constructor(readonly stream: MuxStream, readonly salt: number, owesResponse: boolean) {
    this.owesResponse = owesResponse;
    stream.user = this;
  }

  /** Whether more can be sent. */
  get canSend(): boolean {
    return this.reset === "no" && this.ending === undefined && !this.owesResponse;
  }

  /** Sends the next bytes. */
  send(length: number): void {
    const view = contentAt(this.salt, this.sent, length);
    const chunk = length <= MOST_COPIED_BYTES ? view.slice() : view;
    this.sent += chunk.length;
    this.stream.send(chunk);
    if (chunk !== view) this.#lent.push(chunk);
  }

  /** Ends our direction. */
  end(trailers?: Uint8Array): void {
    this.ending = { trailers };
    this.stream.end(trailers);
  }

  /** Answers. */
  respond(head: ResponseHead, bodyLength: number, fin: boolean): void {
    const final = !isInformational(head.status);
    if (final) this.owesResponse = false;
    if (fin) this.ending = { trailers: undefined };
    this.responses.push(head);
    const body = contentAt(this.salt, this.sent, bodyLength);
    this.sent += body.length;
    this.stream.respond(head, bodyLength === 0 ? undefined : body, fin);
  }

  /** Resets the stream. */
  resetNow(code: ResetCode): void {
    if (this.reset === "no") this.reset = "local";
    this.stream.reset(code);
  }

  /** Consumes some of what is held. */
  consume(most: number): void {
    const bytes = Math.min(most, this.held);
    this.held -= bytes;
    if (bytes > 0) this.stream.consumed(bytes);
  }

  onResponse(head: ResponseHead): void {
    this.#mustBeAlive("a response");
    const sent = this.other!.responses.shift();
    claim(sent !== undefined && sent.status === head.status, `A response ${head.status}`);
    claim(sent.reason === head.reason, "Another reason phrase");
    claim(sent.minorVersion === head.minorVersion, "Another version");
    checkContent(sent.status, 0, head.headers, "A header block");
    claim(sent.headers.length === head.headers.length, "A header block of another length");
  }

  onData(piece: Uint8Array): void {
    this.#mustBeAlive("data");
    claim(piece.length > 0, "An empty piece");
    claim(!this.isInEnded, "Data after the end");
    checkContent(this.salt ^ 1, this.received, piece, `Stream ${this.salt}`);
    this.received += piece.length;
    this.held += piece.length;
    claim(this.held <= this.stream.window, `Holds ${this.held} of ${this.stream.window} bytes`);
  }

  /** Every other stream takes answers that are all there in one call. */
  get takesWhole(): boolean {
    return this.stream.slot % 2 === 0;
  }

  onWhole(head: ResponseHead, body: Uint8Array): void {
    this.onResponse(head);
    if (body.length > 0) this.onData(body);
    this.held = 0;
    this.onEnd(undefined);
  }

  onEnd(trailers: Uint8Array | undefined): void {
    this.#mustBeAlive("the end");
    claim(!this.isInEnded, "A second end");
    this.isInEnded = true;
    const ending = this.other?.ending;
    claim(ending !== undefined, "An end that nobody has made");
    claim(this.received === this.other!.sent, `The end at ${this.received} of ${this.other!.sent}`);
    claim(this.other!.responses.length === 0, "The end before a response");
    claim((trailers?.length ?? 0) === (ending.trailers?.length ?? 0), "Other trailers");
    if (trailers !== undefined) checkContent(1, 0, trailers, "Trailers");
  }

  onReset(code: ResetCode): void {
    this.#mustBeAlive("a reset");
    this.reset = "remote";
    claim(
      this.other === undefined ? code === "refused" : this.other.reset === "local",
      `A reset that nobody has made: ${code}`,
    );
  }

  onDrained(): void {
    for (const chunk of this.#lent.splice(0)) chunk.fill(0xee);
  }

  onAbandoned(): void {
    claim(false, "Abandoned by a session that goes on");
  }

  #mustBeAlive(what: string): void {
    claim(this.reset === "no", `Told of ${what} after a ${this.reset} reset`);
  }
}
