/**
 * The body of a visitor's request, as it comes.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import {
  type BodyDecoder,
  createBodyDecoder,
  type HeaderBlock,
  HttpViolation,
  type RequestHead,
} from "@tun/protocol/http1";
import type { ByteSource } from "./byte_source.ts";
import type { FirstOfBody, RequestBody } from "./exchange_sides.ts";
import { answerToViolation } from "./outcome.ts";
import { VisitorFault } from "./visitor_fault.ts";

/** A body that is at hand and no longer than this goes with the head of its request. */
const MOST_RIDING_BYTES = 16 * 1024;

/** Told how a body comes. */
export interface BodyWatch {
  /** The visitor is waited for. */
  onBodyWait(): void;
  /** More has come. */
  onBodyProgress(): void;
}

/**
 * Chunks of one byte must not become frames, and the app's reads, of one byte: more pieces than
 * this in one read are joined. Fewer are large, and a copy would only be garbage.
 */
const MOST_PIECES = 16;

const NO_BODY_AT_ALL: FirstOfBody = { piece: undefined, isWhole: true };

/** Reads a body from the bytes behind its head. */
export class VisitorBody implements RequestBody {
  readonly #source: ByteSource;
  readonly #decoder: BodyDecoder;
  readonly #mostBytes: number;
  readonly #watch: BodyWatch;
  /** Pieces that were decoded and not read; views of what is in hand. */
  #pieces: Uint8Array[] = [];
  #received = 0;

  /** Starts behind the head; a body of more than `mostBytes` is refused. */
  constructor(head: RequestHead, source: ByteSource, mostBytes: number, watch: BodyWatch) {
    this.#source = source;
    this.#decoder = createBodyDecoder(head.framing);
    this.#mostBytes = mostBytes;
    this.#watch = watch;
  }

  get received(): number {
    return this.#received;
  }

  /** True once its last byte has come. */
  get isWhole(): boolean {
    return this.#decoder.done && this.#pieces.length === 0;
  }

  get trailers(): HeaderBlock | null {
    return this.#decoder.trailers;
  }

  first(): FirstOfBody {
    if (this.#decoder.done) return NO_BODY_AT_ALL;
    this.#decode();
    const isWhole = this.#decoder.done && this.#decoder.trailers === null &&
      this.#received <= MOST_RIDING_BYTES;
    if (!isWhole) return { piece: undefined, isWhole };
    const pieces = this.#pieces;
    this.#pieces = [];
    return { piece: pieces.length < 2 ? pieces[0] : concat(pieces), isWhole };
  }

  async read(): Promise<Uint8Array | null> {
    for (;;) {
      if (this.#pieces.length > MOST_PIECES) this.#pieces = [concat(this.#pieces)];
      const piece = this.#pieces.shift();
      if (piece !== undefined) return piece;
      if (this.#decoder.done) return null;
      this.#watch.onBodyWait();
      if (!await this.#source.more()) {
        throw this.#source.failure ?? new VisitorFault("broke_off");
      }
      this.#decode();
    }
  }

  #decode(): void {
    const { piece } = this.#source;
    if (piece.length === 0) return;
    this.#source.use(this.#push(piece));
    this.#watch.onBodyProgress();
    if (this.#received > this.#mostBytes) {
      throw new VisitorFault("body_too_large", "body_too_large");
    }
  }

  #push(piece: Uint8Array): number {
    try {
      return this.#decoder.push(piece, 0, (data) => {
        this.#received += data.length;
        this.#pieces.push(data);
      });
    } catch (error) {
      if (!(error instanceof HttpViolation)) throw error;
      throw new VisitorFault("violation", answerToViolation(error), { cause: error });
    }
  }
}
