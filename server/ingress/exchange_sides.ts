/**
 * What an exchange stands between: the visitor's request, where its response goes, and
 * who watches. Interfaces, so that the same logic serves any ingress.
 *
 * @module
 */

import type { SendListener, TunnelStream } from "@tun/protocol";
import type {
  HeaderBlock,
  HeaderEdit,
  RequestHead,
  ResponseHead,
  Visitor,
} from "@tun/protocol/http1";
import type { Pace, PlaceWait } from "../routing/route.ts";
import { type AnswerCode, statusOf } from "./answer.ts";
import type { VisitorFault } from "./visitor_fault.ts";

/** A request as an ingress hands it over; a class for the reason that `IncomingRequest` is one. */
export class VisitorRequest {
  /** Its head. */
  readonly head: RequestHead;
  /** The fields that go on to the app. */
  readonly fields: Uint8Array;
  /** Where the visitor is. */
  readonly visitor: string;
  /** The visitor's address, as found behind proxies that we trust. */
  readonly ip: string;
  /** How the visitor came. */
  readonly scheme: "http" | "https";
  /** Its body. */
  readonly body: RequestBody;

  /** Takes what is known of it. */
  constructor(
    head: RequestHead,
    body: RequestBody,
    fields: Uint8Array,
    visitor: string,
    { ip, scheme }: Pick<Visitor, "ip" | "scheme">,
  ) {
    this.head = head;
    this.body = body;
    this.fields = fields;
    this.visitor = visitor;
    this.ip = ip;
    this.scheme = scheme;
  }
}

/** The body of a request. */
export interface RequestBody {
  /** Bytes that came in so far. */
  readonly received: number;
  /** What is at hand already, and whether that is all; small enough to go with the head. */
  first(): FirstOfBody;
  /**
   * The next piece, valid until the next call, or `null` at the end.
   *
   * @throws If the visitor is gone, breaks the rules, or sends more than it may.
   */
  read(): Promise<Uint8Array | null>;
  /** Its trailers, once it is read. */
  readonly trailers: HeaderBlock | null;
}

/** What there is of a body with its head. */
export interface FirstOfBody {
  /** The bytes, if there are any; valid until the visitor is read from again. */
  readonly piece: Uint8Array | undefined;
  /** Whether these are all. */
  readonly isWhole: boolean;
}

/** Where the response goes. Promises resolve when the visitor can take more. */
export interface ResponseSink {
  /** An informational response. */
  inform(head: ResponseHead, fields: HeaderEdit): Promise<void>;
  /** All of it at once; what it is made from may change as soon as this returns. */
  send(head: ResponseHead, fields: HeaderEdit, body: Uint8Array, listener: SendListener): void;
  /** The head, with a first piece of the body if there is one, and whether that is all. */
  start(
    head: ResponseHead,
    fields: HeaderEdit,
    first: Uint8Array | undefined,
    isWhole: boolean,
  ): Promise<void>;
  /** The next piece of the body. */
  write(piece: Uint8Array): Promise<void>;
  /** The end. */
  finish(trailers: HeaderBlock | null): Promise<void>;
  /** A 101; from now on the bytes both ways are the tunnel's. Resolves when both have ended. */
  upgrade(
    head: ResponseHead,
    fields: HeaderEdit,
    stream: TunnelStream,
    pace: Pace | undefined,
  ): Promise<void>;
  /** An answer of our own, and when to come back if that is not what it usually says. */
  answer(code: AnswerCode, retryAfterS?: number): Promise<void>;
}

/** What the exchange tells while it goes on. */
export interface ExchangeWatch {
  /** The visitor has to wait for a place, and may leave in the meantime. */
  onQueued(wait: PlaceWait): void;
  /** The visitor has to wait for the link, or for its upgrade: it may leave in the meantime. */
  onWaiting(): void;
  /** There is a stream, to be reset when the visitor leaves or `timeoutMs` have passed. */
  onOpen(stream: TunnelStream, timeoutMs: number): void;
  /** The request has been sent on: the visitor has nothing to say but its next request. */
  onSent(): void;
  /** The head of the final response is there. */
  onHead(): void;
  /** Bytes are held back by us, or are no longer: in the meantime nobody else can be late. */
  onHeld(isHeld: boolean): void;
  /** Why it left, or what it did wrong, if it did. */
  readonly fault: VisitorFault | undefined;
}

/** How an exchange ended. */
export type ExchangeEnd =
  /** Everything went as it should, or got an answer of our own. */
  | { readonly kind: "answered"; readonly status: number; readonly code?: AnswerCode }
  /** The visitor's connection was given over to another protocol, and is over. */
  | { readonly kind: "upgraded"; readonly status: number }
  /** The response broke off; the visitor's connection must be broken too. */
  | { readonly kind: "broken"; readonly status: number; readonly error: unknown }
  /** The visitor left, or broke off. */
  | { readonly kind: "gone"; readonly error: unknown };

/** Who hears how an exchange ended, once. Must not throw: nobody is left to hear of that. */
export interface ExchangeListener {
  /** Like this. */
  onEnd(end: ExchangeEnd): void;
  /** The connection broke with it, or we have a bug. */
  onFault(error: unknown): void;
}

/** Tells `listener` what a promise comes to. */
export function tell(listener: ExchangeListener, ending: Promise<ExchangeEnd>): void {
  ending.then((end) => listener.onEnd(end), (error) => listener.onFault(error));
}

/** Gives an answer of our own. */
export async function answerWith(
  sink: Pick<ResponseSink, "answer">,
  code: AnswerCode,
  retryAfterS?: number,
): Promise<ExchangeEnd> {
  await sink.answer(code, retryAfterS);
  return { kind: "answered", status: statusOf(code), code };
}
