/**
 * The rest of a request, when its body was not all there with its head.
 *
 * @module
 */

import type { AppConnection } from "./app_connection.ts";
import { ChunkFrame } from "./chunk_frame.ts";
import { lastChunk, type RequestBytes, wrongLength } from "./request_bytes.ts";
import type { RequestStream } from "./request_stream.ts";

/** Who is told how sending goes on. */
export interface SendWatch {
  /** Now the visitor is waited for, and that is not the app's fault. */
  onWaiting(): void;
  /** Something has moved. */
  touch(): void;
}

/**
 * Sends a request from its first bytes to the end of its body.
 *
 * @throws {AppProblem} `bad_body`, if the body is not as long as it says.
 * @throws {TransportError | StreamReset | SessionClosed} When one of the two sides breaks.
 */
export async function sendRequest(
  { bytes, room, body, next, left }: RequestBytes,
  stream: RequestStream,
  connection: AppConnection,
  watch: SendWatch,
): Promise<void> {
  connection.isSent = false;
  await connection.write(bytes);
  room?.giveBack();
  const frame = body === "chunked" ? new ChunkFrame() : undefined;
  let piece: Uint8Array | null | undefined = next;
  for (;;) {
    piece ??= stream.tryRead();
    if (piece === undefined) {
      watch.onWaiting();
      piece = await stream.read();
    }
    watch.touch();
    if (piece === null) break;
    left -= piece.length;
    if (body === "length" && left < 0) throw wrongLength();
    await connection.write(frame?.around(piece) ?? piece);
    stream.recycle(piece);
    watch.touch();
    piece = undefined;
  }
  if (body === "length" && left > 0) throw wrongLength();
  if (body === "chunked") await connection.write(lastChunk(stream));
  connection.isSent = true;
  watch.touch();
}
