/**
 * Our own codec, asked the same question as the referee.
 *
 * @module
 */

import {
  type BodyDecoder,
  createBodyDecoder,
  type HeaderBlock,
  HttpViolation,
  type RequestHead,
  RequestHeadParser,
  type ResponseHead,
  ResponseHeadParser,
} from "../../protocol/http1/mod.ts";
import type { Seen, SeenMessage, StreamKind } from "./http1_message.ts";
import { latin1 } from "./http1_referee.ts";

/** What we found, with what the comparison must know beside it. */
export interface SubjectSeen extends Seen {
  /** Where in the stream each message's head starts. */
  readonly starts: number[];
  /** The method of each request. */
  readonly methods: string[];
}

/** Reads a stream, in pieces, with our codec, as server and client would. */
export function subject(
  kind: StreamKind,
  pieces: readonly Uint8Array[],
  noBody: boolean,
  ended: boolean,
): SubjectSeen {
  const parser = kind === "request" ? new RequestHeadParser() : new ResponseHeadParser();
  const requestMethod = noBody ? "HEAD" : "GET";
  const messages: SeenMessage[] = [];
  const starts: number[] = [];
  const methods: string[] = [];
  let body: BodyDecoder | null = null;
  let current: SeenMessage | null = null;
  let stopped = false;
  let offset = 0;
  let headStart = 0;

  const finish = (decoder: BodyDecoder, message: SeenMessage) => {
    message.trailers = decoder.trailers === null ? [] : pairs(decoder.trailers);
    message.complete = true;
    stopped = message.keepAlive === false || message.upgrade;
    body = null;
    current = null;
  };

  try {
    for (const piece of pieces) {
      let at = 0;
      while (at < piece.length && !stopped) {
        if (body === null || current === null) {
          if (parser.idle) headStart = offset + at;
          const rest = piece.subarray(at);
          const head = parser.push(rest);
          at += parser.consumed;
          if (head === null) break;
          current = describe(head, requestMethod);
          messages.push(current);
          starts.push(headStart);
          methods.push("method" in head ? head.method : "");
          body = createBodyDecoder(
            "method" in head ? head.framing : head.framing(requestMethod),
          );
        } else {
          const message: SeenMessage = current;
          at = body.push(piece, at, (data) => message.body += latin1(data));
        }
        if (body !== null && current !== null && body.done) finish(body, current);
      }
      offset += piece.length;
    }
    if (ended && body !== null && current !== null) {
      const [decoder, message]: [BodyDecoder, SeenMessage] = [body, current];
      decoder.end();
      finish(decoder, message);
    }
  } catch (error) {
    if (!(error instanceof HttpViolation)) throw error;
    return { messages, refusal: error.code, starts, methods };
  }
  return { messages, refusal: null, starts, methods };
}

function describe(head: RequestHead | ResponseHead, requestMethod: string): SeenMessage {
  const request = "method" in head;
  return {
    start: request ? `${head.method} ${head.target}` : `${head.status} ${head.reason}`,
    minor: head.minor,
    headers: pairs(head.headers),
    upgrade: request ? head.wantsUpgrade : head.status === 101,
    keepAlive: request ? head.keepAlive : head.informational ? true : head.keepAlive(requestMethod),
    body: "",
    trailers: [],
    complete: false,
  };
}

function pairs(block: HeaderBlock): string[] {
  return [...block.entries()].flat();
}
