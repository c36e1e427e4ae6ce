/**
 * Bytes both ways between a visitor's stream and a connection to the app, until both directions
 * have ended. One that has ended says nothing about the other.
 *
 * @module
 */

import type { AppConnection } from "./app_connection.ts";
import type { RequestStream } from "./request_stream.ts";

/**
 * Carries bytes until both ends have ended; gives the number of those that came from the app. The
 * caller closes the connection, also when the visitor leaves.
 *
 * @throws {TransportError | StreamReset | SessionClosed} When one of the two breaks.
 */
export async function splice(stream: RequestStream, connection: AppConnection): Promise<number> {
  const up = toApp(stream, connection);
  // Whoever fails first decides; the other's failure follows from it.
  up.catch(() => {});
  const [bytes] = await Promise.all([toVisitor(connection, stream), up]);
  return bytes;
}

async function toApp(stream: RequestStream, connection: AppConnection): Promise<void> {
  for (;;) {
    let piece = stream.tryRead();
    if (piece === undefined) piece = await stream.read();
    if (piece === null) return await connection.closeWrite();
    await connection.write(piece);
    stream.recycle(piece);
  }
}

async function toVisitor(connection: AppConnection, stream: RequestStream): Promise<number> {
  let bytes = 0;
  for (;;) {
    const piece = await connection.read();
    if (piece === null) break;
    bytes += piece.length;
    await stream.write(piece);
  }
  await stream.end();
  return bytes;
}
