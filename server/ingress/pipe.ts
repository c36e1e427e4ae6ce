/**
 * Bytes both ways between a visitor and a stream, with each way's end passed on by
 * itself: an upgraded connection, or a TCP tunnel's.
 *
 * @module
 */

import type { Transport, TunnelStream } from "@tun/protocol";
import type { ByteSource } from "./byte_source.ts";

/**
 * Carries bytes until both ways have ended.
 *
 * @throws If either side breaks; the other is then broken too.
 */
export async function pipe(
  transport: Transport,
  source: ByteSource,
  stream: TunnelStream,
  onWritten: (bytes: number) => void,
): Promise<void> {
  const outward = toVisitor(transport, stream, onWritten);
  // What the stream had brought before it failed still goes to the visitor.
  stream.onFailure = () => void outward.then(() => transport.close(), () => transport.close());
  try {
    await Promise.all([toStream(source, stream), outward]);
  } catch (error) {
    stream.reset("cancelled");
    transport.close();
    throw stream.failure ?? error;
  }
}

async function toStream(source: ByteSource, stream: TunnelStream): Promise<void> {
  while (await source.more()) {
    const { piece } = source;
    await stream.write(piece);
    source.use(piece.length);
  }
  await stream.end();
}

async function toVisitor(
  transport: Transport,
  stream: TunnelStream,
  onWritten: (bytes: number) => void,
): Promise<void> {
  for (let piece = await stream.read(); piece !== null; piece = await stream.read()) {
    await transport.write(piece);
    onWritten(piece.length);
    stream.recycle(piece);
  }
  await transport.closeWrite();
}
