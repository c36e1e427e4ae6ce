/**
 * Takes the body out of the bytes that follow a head.
 *
 * A decoder copies nothing: what it gives are views into what it was given,
 * good until the caller reuses that.
 *
 * @module
 */

import { ChunkedDecoder } from "./chunked_decoder.ts";
import type { Framing } from "./framing.ts";
import type { HeaderBlock } from "./header_block.ts";
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from "./limits.ts";
import { HttpViolation } from "./violation.ts";

/** Receives the next bytes of a body: a view, never empty. */
export type BodySink = (data: Uint8Array) => void;

/** Reads one body. */
export interface BodyDecoder {
  /** True once the body is whole. */
  readonly done: boolean;
  /** The trailers, once the body is whole; `null` if there were none. */
  readonly trailers: HeaderBlock | null;
  /**
   * Gives the body in `input`, from `start` on, to `sink`, and returns the
   * position after it. Unless the body is {@linkcode done}, that is the end of
   * `input`; what follows a body that is done belongs to the next message.
   *
   * @throws {HttpViolation} The connection cannot be used any more.
   */
  push(input: Uint8Array, start: number, sink: BodySink): number;
  /**
   * Takes note that the peer has ended its side.
   *
   * @throws {HttpViolation} `early_end`, if the body is not whole.
   */
  end(): void;
}

/** Makes the decoder for a body that is framed so. */
export function createBodyDecoder(
  framing: Framing,
  limits: HttpLimits = DEFAULT_HTTP_LIMITS,
): BodyDecoder {
  switch (framing.kind) {
    case "none":
      return new LengthDecoder(0);
    case "length":
      return new LengthDecoder(framing.length);
    case "chunked":
      return new ChunkedDecoder(limits);
    case "until_close":
      return new UntilCloseDecoder();
  }
}

/** Reads a body of known length. */
class LengthDecoder implements BodyDecoder {
  readonly trailers = null;
  #left: number;

  constructor(length: number) {
    this.#left = length;
  }

  get done(): boolean {
    return this.#left === 0;
  }

  push(input: Uint8Array, start: number, sink: BodySink): number {
    const count = Math.min(this.#left, input.length - start);
    if (count === 0) return start;
    this.#left -= count;
    sink(count === input.length ? input : input.subarray(start, start + count));
    return start + count;
  }

  end(): void {
    if (!this.done) throw new HttpViolation("early_end", "The body ended early");
  }
}

/** Reads a body that ends with the connection. */
class UntilCloseDecoder implements BodyDecoder {
  readonly trailers = null;
  done = false;

  push(input: Uint8Array, start: number, sink: BodySink): number {
    if (this.done || start === input.length) return start;
    sink(start === 0 ? input : input.subarray(start));
    return input.length;
  }

  end(): void {
    this.done = true;
  }
}
