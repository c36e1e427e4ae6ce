/**
 * An answer of the app's, head by head and piece by piece, to the visitor.
 *
 * @module
 */

import { concat } from "@std/bytes/concat";
import type { ResponseHead as TunnelResponse } from "@tun/protocol";
import {
  createBodyDecoder,
  forwardResponse,
  HttpViolation,
  type ResponseHead,
} from "@tun/protocol/http1";
import type { AppConnection } from "./app_connection.ts";
import type { RequestBytes } from "./request_bytes.ts";
import type { RequestStream } from "./request_stream.ts";
import { splice } from "./splice.ts";

/** The exchange that is answered. */
export interface AnsweredExchange {
  /** What was asked with. */
  readonly method: string;
  /** How much of the final answer's body was sent. */
  bytes: number;
  /** Something has moved. */
  touch(): void;
  /** The final answer begins, with this much of its body. */
  begin(head: ResponseHead, first: Uint8Array | undefined): void;
  /** From here on it is no exchange any more. */
  report(): void;
}

/** Between whom an answer is carried. */
export interface AnswerEnds {
  readonly connection: AppConnection;
  readonly stream: RequestStream;
  readonly request: RequestBytes;
}

const EMPTY = new Uint8Array(0);

/**
 * Carries an answer from `head`, or the first bytes of it if that is `null`, with `rest` behind it.
 * True if the connection may be used again as far as the answer is concerned.
 *
 * @throws {HttpViolation} If it is not HTTP.
 * @throws {TransportError | StreamReset | SessionClosed} When one of the two sides breaks.
 */
export async function relayAnswer(
  ends: AnswerEnds,
  exchange: AnsweredExchange,
  head: ResponseHead | null,
  rest: Uint8Array,
): Promise<boolean> {
  const { connection, stream } = ends;
  while (head === null || head.informational) {
    if (head !== null) {
      exchange.touch();
      await stream.respond(tunnelResponse(head));
    }
    const bytes = rest.length > 0 ? rest : await moreOfHead(connection);
    head = connection.parser.push(bytes);
    rest = head === null ? EMPTY : bytes.subarray(connection.parser.consumed);
  }
  if (head.status === 101) return await upgrade(ends, exchange, head, rest);
  const isClean = await relayBody(ends, exchange, head, rest);
  return isClean && head.keepAlive(exchange.method);
}

/** A head for the visitor, without what is about the app's connection. */
export function tunnelResponse(head: ResponseHead): TunnelResponse {
  return {
    status: head.status,
    minorVersion: head.minor,
    reason: head.reason,
    headers: forwardResponse(head).toBytes(),
  };
}

async function moreOfHead(connection: AppConnection): Promise<Uint8Array> {
  const bytes = await connection.read();
  if (bytes === null) throw new HttpViolation("early_end", "The app hung up in its head");
  return bytes;
}

/** Sends the body as it comes; false if something came behind it. */
async function relayBody(
  { connection, stream }: AnswerEnds,
  exchange: AnsweredExchange,
  head: ResponseHead,
  rest: Uint8Array,
): Promise<boolean> {
  const decoder = createBodyDecoder(head.framing(exchange.method));
  let pieces: Uint8Array[] = [];
  const sink = (piece: Uint8Array) => void pieces.push(piece);
  let bytes: Uint8Array | null = rest;
  let end = decoder.push(bytes, 0, sink);
  const first = pieces.length < 2 ? pieces[0] : concat(pieces);
  exchange.begin(head, first);
  const response = tunnelResponse(head);
  if (decoder.done && decoder.trailers === null) {
    await stream.respond(response, first, true);
    return end === bytes.length;
  }
  await stream.respond(response, first);
  while (!decoder.done) {
    bytes = await connection.read();
    if (stream.failure !== undefined) throw stream.failure;
    if (bytes === null) {
      decoder.end();
      break;
    }
    pieces = [];
    end = decoder.push(bytes, 0, sink);
    let sent: Promise<void> | undefined;
    for (const piece of pieces) {
      exchange.bytes += piece.length;
      sent = stream.write(piece);
    }
    // The last piece is not waited for, so that the end can go in the same frame.
    if (!decoder.done) await sent;
  }
  await stream.end(decoder.trailers?.bytes);
  return bytes !== null && end === bytes.length;
}

/** From here on the connection speaks another protocol. */
async function upgrade(
  { connection, stream, request }: AnswerEnds,
  exchange: AnsweredExchange,
  head: ResponseHead,
  rest: Uint8Array,
): Promise<false> {
  if (!request.mayUpgrade) {
    throw new HttpViolation("bad_upgrade", "The app changes the protocol unasked");
  }
  exchange.begin(head, undefined);
  exchange.report();
  await stream.respond(tunnelResponse(head), rest);
  if (request.body === "upgrade" && request.next !== undefined) {
    await connection.write(request.next);
  }
  await splice(stream, connection);
  return false;
}
