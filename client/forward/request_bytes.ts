/**
 * A visitor's request as the bytes for the app: what came, and what this connection needs.
 *
 * @module
 */

import { type HttpOpen, WriteRoom } from "@tun/protocol";
import {
  CHUNK_END,
  encodeChunkHeader,
  encodeLastChunk,
  encodeRequestHead,
  FieldKind,
  HeaderBlock,
  kindSet,
  parseTrailers,
} from "@tun/protocol/http1";
import { AppProblem } from "./app_problem.ts";
import { bodyAtHand } from "./body_at_hand.ts";
import type { RequestStream } from "./request_stream.ts";

const UPGRADE = kindSet(FieldKind.upgrade);
const CONTENT_LENGTH = kindSet(FieldKind.contentLength);

/** Methods that may be sent twice without harm (RFC 9110, section 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "PUT",
  "DELETE",
]);

/** How the body of a request goes on. */
export interface RequestBytes {
  /** The head, and as much of the body as was there. */
  readonly bytes: Uint8Array;
  /** The memory of these bytes, if it is to be given back once they are sent. */
  readonly room: WriteRoom | undefined;
  /** How the rest of the body is sent; `whole` if there is none. */
  readonly body: "whole" | "length" | "chunked" | "upgrade";
  /** A piece that was read and is not in `bytes`. */
  readonly next: Uint8Array | undefined;
  /** With `length`: how many bytes are still to come. */
  readonly left: number;
  /** True if the app may change the protocol. */
  readonly mayUpgrade: boolean;
  /** True if the app may get it twice. */
  readonly mayRepeat: boolean;
}

/**
 * Puts the request together, as one piece of memory if its body is at hand.
 *
 * @throws {HttpViolation} If the server has sent headers that are none.
 * @throws {AppProblem} `bad_body`, if the body is not as long as it says.
 */
export function requestBytes(
  head: HttpOpen,
  stream: RequestStream,
  hostHeader: string | undefined,
): RequestBytes {
  const block = HeaderBlock.parse(head.headers);
  const hasLength = (block.kinds & CONTENT_LENGTH) !== 0;
  const { pieces, size, next } = bodyAtHand(stream);
  const isWhole = next === null;
  const isUpgrade = (block.kinds & UPGRADE) !== 0;
  const hasBody = size > 0 || !isWhole || stream.trailers !== undefined;
  const isChunked = !hasLength && (isWhole ? hasBody : !isUpgrade);
  const edit = hostHeader === undefined && !isUpgrade && !isChunked ? undefined : block.edit();
  if (hostHeader !== undefined) edit!.set("Host", hostHeader);
  if (isUpgrade) edit!.append("Connection", "Upgrade");
  if (isChunked) edit!.append("Transfer-Encoding", "chunked");
  const encoded = encodeRequestHead({
    method: head.method,
    target: head.target,
    fields: edit ?? block,
  });

  const left = hasLength ? Number(block.get("content-length")) - size : 0;
  if (left < 0 || (isWhole && left > 0)) throw wrongLength();
  const behind = isChunked ? chunksOf(pieces, size, isWhole, stream) : pieces;
  const mayRepeat = isWhole && IDEMPOTENT.has(head.method);
  const room = behind.length > 0 ? WriteRoom.join([encoded, ...behind]) : undefined;
  for (const piece of pieces) stream.recycle(piece);
  return {
    bytes: room?.bytes ?? encoded,
    // The bytes of the others may be wanted once more.
    room: mayRepeat ? undefined : room,
    body: isWhole
      ? "whole"
      : isUpgrade && left === 0
      ? "upgrade"
      : hasLength
      ? "length"
      : "chunked",
    next: next ?? undefined,
    left,
    // Not before the body is over: until then the stream is its, not the new protocol's.
    mayUpgrade: isUpgrade && left === 0,
    mayRepeat,
  };
}

/** What a body that is shorter or longer than announced comes to. */
export function wrongLength(): AppProblem {
  return new AppProblem("bad_body", "a request's body is not as long as its Content-Length says");
}

/** The end of a chunked body, with the visitor's trailers. */
export function lastChunk(stream: RequestStream): Uint8Array {
  const { trailers } = stream;
  return encodeLastChunk(trailers === undefined ? null : parseTrailers(trailers));
}

function chunksOf(
  pieces: readonly Uint8Array[],
  size: number,
  isWhole: boolean,
  stream: RequestStream,
): readonly Uint8Array[] {
  const chunk = size > 0 ? [encodeChunkHeader(size), ...pieces, CHUNK_END] : [];
  return isWhole ? [...chunk, lastChunk(stream)] : chunk;
}
