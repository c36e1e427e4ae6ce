/**
 * The general way of a response: informational heads before it, a body that comes in pieces,
 * trailers, or another protocol.
 *
 * @module
 */

import { type ResponseHead as TunnelResponse, StreamReset, type TunnelStream } from "@tun/protocol";
import {
  DEFAULT_HTTP_LIMITS,
  forwardResponse,
  parseTrailers,
  ResponseHead,
} from "@tun/protocol/http1";
import type { Pace } from "../routing/route.ts";
import type { ExchangeWatch, ResponseSink, VisitorRequest } from "./exchange_sides.ts";
import { LengthCheck } from "./length_check.ts";

/** An exchange whose response is relayed. */
export interface RelayedExchange {
  /** What was asked. */
  readonly request: VisitorRequest;
  /** Where the response goes. */
  readonly sink: ResponseSink;
  /** Who watches. */
  readonly watch: ExchangeWatch;
  /** Holds bytes back until it is their turn; `undefined` if nothing does. */
  readonly pace: Pace | undefined;
  /** The head of the final response is about to leave. */
  begin(status: number): void;
  /** The bytes both ways are the tunnel's now. */
  onUpgrade(): void;
}

/** How a response went. */
export interface Relayed {
  /** Its status. */
  readonly status: number;
  /** Whether the connection was another protocol's, and is over. */
  readonly isUpgrade: boolean;
}

/**
 * Gives the visitor what the stream answers.
 *
 * @throws If the response breaks off, or is not one; or the visitor does not take it.
 */
export async function relayResponse(
  stream: TunnelStream,
  exchange: RelayedExchange,
): Promise<Relayed> {
  const { request, sink, watch, pace } = exchange;
  let head = readHead(await stream.nextResponse());
  while (head.informational) {
    await sink.inform(head, forwardResponse(head));
    head = readHead(await stream.nextResponse());
  }
  watch.onHead();
  const { status } = head;
  if (status === 101) {
    if (!request.head.passesUpgrade) throw new StreamReset("bad_head", "local");
    exchange.onUpgrade();
    exchange.begin(status);
    await sink.upgrade(head, forwardResponse(head), stream, pace);
    return { status, isUpgrade: true };
  }
  const length = new LengthCheck(head, request.head.method);
  const piece = stream.tryRead() ?? undefined;
  if (piece !== undefined) length.take(piece.length);
  await takeTurn(watch, pace?.outward(piece?.length ?? 0));
  const next = stream.tryRead();
  const isWhole = next === null && stream.trailers === undefined;
  exchange.begin(status);
  await sink.start(head, forwardResponse(head), piece, isWhole);
  if (piece !== undefined) stream.recycle(piece);
  if (isWhole) length.end();
  else await relayRest(stream, exchange, length, next);
  return { status, isUpgrade: false };
}

/** Passes on what did not come with the head. */
async function relayRest(
  stream: TunnelStream,
  { sink, watch, pace }: RelayedExchange,
  length: LengthCheck,
  next: Uint8Array | null | undefined,
): Promise<void> {
  while (next !== null) {
    next ??= await stream.read();
    if (next === null) break;
    length.take(next.length);
    if (pace !== undefined) await takeTurn(watch, pace.outward(next.length));
    await sink.write(next);
    stream.recycle(next);
    next = stream.tryRead();
  }
  length.end();
  const { trailers } = stream;
  await sink.finish(trailers === undefined ? null : parseTrailers(trailers, DEFAULT_HTTP_LIMITS));
}

/** Waits until it is the turn of some bytes, if they have to wait. */
export async function takeTurn(
  watch: ExchangeWatch,
  turn: Promise<void> | undefined,
): Promise<void> {
  if (turn === undefined) return;
  watch.onHeld(true);
  await turn;
  watch.onHeld(false);
}

/** Validates a head that came through the tunnel: its tenant may be hostile. */
export function readHead(
  { status, minorVersion, reason, headers }: TunnelResponse,
): ResponseHead {
  return ResponseHead.fromParts(
    { status, minor: minorVersion, reason, headers },
    DEFAULT_HTTP_LIMITS,
  );
}
