/**
 * What of a visitor's body is there already, to go with the head of its request.
 *
 * @module
 */

import type { RequestStream } from "./request_stream.ts";

/** What a new stream may bring at once; of more, a copy costs as much as a write of its own. */
const MOST_JOINED_BYTES = 64 * 1024;

/** What can be had without waiting. */
export interface BodyAtHand {
  /** The pieces, in order. */
  readonly pieces: readonly Uint8Array[];
  /** How long they are. */
  readonly size: number;
  /** What follows: a piece, `null` for the end, or `undefined` if it has to be waited for. */
  readonly next: Uint8Array | null | undefined;
}

const NO_BODY: BodyAtHand = { pieces: [], size: 0, next: null };

/** Takes it from the stream. */
export function bodyAtHand(stream: RequestStream): BodyAtHand {
  let next = stream.tryRead();
  if (next === null) return NO_BODY;
  const pieces: Uint8Array[] = [];
  let size = 0;
  // Mostly the first is all, and then the request can be repeated.
  while (next instanceof Uint8Array && (size === 0 || size + next.length <= MOST_JOINED_BYTES)) {
    pieces.push(next);
    size += next.length;
    next = stream.tryRead();
  }
  return { pieces, size, next };
}
