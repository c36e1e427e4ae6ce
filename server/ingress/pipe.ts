/**
 * Bytes both ways between a visitor and a stream, with each way's end passed on by
 * itself: an upgraded connection, or a TCP tunnel's.
 *
 * @module
 */

import type { Transport, TunnelStream } from "@tun/protocol";
import type { Pace } from "../routing/route.ts";
import type { ByteSource } from "./byte_source.ts";

/** Told what becomes of the bytes for the visitor. */
export interface PipeWatch {
  /** It is given some. */
  onWrite(): void;
  /** It has taken them. */
  onWritten(bytes: number): void;
  /** The stream has failed; the visitor is still given what came before. */
  onBroken(): void;
}

/**
 * Carries bytes until both ways have ended.
 *
 * @throws If either side breaks; the other is then broken too.
 */
export async function pipe(
  transport: Transport,
  source: ByteSource,
  stream: TunnelStream,
  watch: PipeWatch,
  pace?: Pace,
): Promise<void> {
  const outward = toVisitor(transport, stream, watch, pace);
  // What the stream had brought before it failed still goes to the visitor.
  stream.onFailure = () => {
    watch.onBroken();
    outward.then(() => transport.close(), () => transport.close());
  };
  try {
    await Promise.all([toStream(source, stream, pace), outward]);
  } catch (error) {
    stream.reset("cancelled");
    transport.close();
    throw stream.failure ?? error;
  }
}

async function toStream(
  source: ByteSource,
  stream: TunnelStream,
  pace: Pace | undefined,
): Promise<void> {
  while (await source.more()) {
    const { piece } = source;
    const turn = pace?.inward(piece.length);
    if (turn !== undefined) await turn;
    await stream.write(piece);
    source.use(piece.length);
  }
  if (source.failure !== undefined) throw source.failure;
  await stream.end();
}

async function toVisitor(
  transport: Transport,
  stream: TunnelStream,
  watch: PipeWatch,
  pace: Pace | undefined,
): Promise<void> {
  for (let piece = await stream.read(); piece !== null; piece = await stream.read()) {
    const turn = pace?.outward(piece.length);
    if (turn !== undefined) await turn;
    watch.onWrite();
    await transport.write(piece);
    watch.onWritten(piece.length);
    stream.recycle(piece);
  }
  await transport.closeWrite();
}
