/**
 * One request and its response, between a visitor and a tunnel. Knows nothing of
 * listeners and connections (`exchange_sides.ts`).
 *
 * ```text
 *  visitor ──head──► place ──► link up? ──► OPEN ─────────────► tunnel
 *          ──body──────────────────────────► DATA … FIN ───────►
 *          ◄─head, body, trailers──────────── RESPONSE … FIN ◄──
 * ```
 *
 * Until the head of the response has left, a failure gets an answer of our own;
 * after that it can only break the visitor's connection, because a response that
 * is cut must not look complete.
 *
 * Nearly every exchange is small: the request goes in one frame, the response comes in
 * one and leaves with one write. Such a one takes no promise, and no copy of the response but
 * the one that is written (`http_ingress_bench.ts`). With hundreds of connections what counts
 * is that each is done with in two goes: what has to be looked at again for every step has
 * left the processor's caches by then. Everything else takes the general way
 * (`response_relay.ts`).
 *
 * @module
 */

import {
  type AnswerListener,
  type ResetCode,
  type ResponseHead as TunnelResponse,
  type SendListener,
  StreamReset,
  type TunnelStream,
} from "@tun/protocol";
import { forwardResponse, HeaderBlock } from "@tun/protocol/http1";
import type { Admitted, Pace, Route, RouteOpen } from "../routing/route.ts";
import type { AnswerCode } from "./answer.ts";
import {
  answerWith,
  type ExchangeEnd,
  type ExchangeListener,
  type ExchangeWatch,
  type FirstOfBody,
  type RequestBody,
  type ResponseSink,
  tell,
  type VisitorRequest,
} from "./exchange_sides.ts";
import { LengthCheck } from "./length_check.ts";
import { answerToFailure } from "./outcome.ts";
import { readHead, type RelayedExchange, relayResponse, takeTurn } from "./response_relay.ts";
import { VisitorFault } from "./visitor_fault.ts";

/** The client watches the app's time too; this much later we stop waiting for it. */
export const CLIENT_GRACE_MS = 5_000;

/** Behind the head of an upgrade come the bytes of another protocol, or nothing. */
const AWAITING_UPGRADE: FirstOfBody = { piece: undefined, isWhole: false };

/** An exchange that has its place. */
export class Exchange implements AnswerListener, SendListener, RelayedExchange {
  /** What is asked, where the response goes, who watches, and what holds bytes back. */
  readonly request: VisitorRequest;
  readonly sink: ResponseSink;
  readonly watch: ExchangeWatch;
  readonly pace: Pace | undefined;
  readonly #route: Route;
  readonly #listener: ExchangeListener;
  readonly #fields: Uint8Array;
  #hasPlace = true;
  #stream: TunnelStream | undefined;
  /** The status that was sent, once one was. */
  #status = 0;
  /** What ended the visitor's side, if something did. */
  #visitorError: unknown;

  /** Takes over a place of the route, and gives it back before `listener` hears of the end. */
  constructor(
    request: VisitorRequest,
    route: Route,
    sink: ResponseSink,
    watch: ExchangeWatch,
    listener: ExchangeListener,
    visit?: Admitted,
  ) {
    this.request = request;
    this.#route = route;
    this.sink = sink;
    this.watch = watch;
    this.#listener = listener;
    this.pace = visit?.pace;
    // A login that was for us is none of the app's business.
    this.#fields = visit?.tookLogin ? withoutAuthorization(request.fields) : request.fields;
  }

  /** Carries it out. */
  start(): void {
    const { body, head } = this.request;
    if (head.passesUpgrade || this.pace !== undefined) return this.#conclude(this.#carry());
    try {
      this.#open(body.first()).listen(this);
    } catch (error) {
      this.#conclude(this.#fail(error));
    }
  }

  /** For the stream. */
  onWholeAnswer(answer: TunnelResponse, body: Uint8Array): void {
    try {
      const head = readHead(answer);
      this.watch.onHead();
      if (head.status === 101) throw new StreamReset("bad_head", "local");
      const length = new LengthCheck(head, this.request.head.method);
      length.take(body.length);
      length.end();
      this.begin(head.status);
      this.sink.send(head, forwardResponse(head), body, this);
    } catch (error) {
      this.#conclude(this.#fail(error));
    }
  }

  /** For the stream: the response comes in pieces, or not at all. */
  onAnswer(): void {
    this.#conclude(this.#carry());
  }

  /** For who relays the response. */
  begin(status: number): void {
    this.#status = status;
  }

  /** For who relays the response: the connection is another protocol's now. */
  onUpgrade(): void {
    this.#givePlace();
  }

  /** For the sink. */
  onSent(): void {
    // An early response: nobody is interested in the rest of the request.
    this.#stream?.reset("cancelled");
    this.#givePlace();
    this.#listener.onEnd({ kind: "answered", status: this.#status });
  }

  /** For the sink. */
  onUnsent(error: unknown): void {
    this.#conclude(this.#fail(error));
  }

  #conclude(ending: Promise<ExchangeEnd>): void {
    tell(this.#listener, ending.finally(() => this.#givePlace()));
  }

  /** The general way, also of a stream that is open already. */
  async #carry(): Promise<ExchangeEnd> {
    try {
      const { body, head } = this.request;
      const stream = this.#stream ?? await this.#openInTurn(body, head.passesUpgrade);
      const { status, isUpgrade } = await relayResponse(stream, this);
      if (isUpgrade) return { kind: "upgraded", status };
      stream.reset("cancelled");
      return { kind: "answered", status };
    } catch (error) {
      return await this.#fail(error);
    }
  }

  async #openInTurn(body: RequestBody, passesUpgrade: boolean): Promise<TunnelStream> {
    const first = passesUpgrade ? AWAITING_UPGRADE : body.first();
    // A copy: the visitor may be read from again in the meantime.
    const piece = first.piece?.slice();
    await this.#turnOf(this.#fields.length + (piece?.length ?? 0));
    if (this.watch.fault !== undefined) throw this.watch.fault;
    return this.#open({ piece, isWhole: first.isWhole });
  }

  #open({ piece, isWhole }: FirstOfBody): TunnelStream {
    const stream = this.#stream = this.#route.open(this.#openHead(), piece, isWhole);
    this.watch.onOpen(stream, this.#route.requestTimeoutMs + CLIENT_GRACE_MS);
    if (isWhole) this.watch.onSent();
    else if (this.request.head.passesUpgrade) this.watch.onWaiting();
    else this.#upload(stream);
    return stream;
  }

  #openHead(): RouteOpen {
    const { head, visitor, scheme } = this.request;
    return {
      kind: "http",
      visitor,
      scheme,
      minorVersion: head.minor,
      method: head.method,
      target: head.target,
      authority: head.host ?? "",
      headers: this.#fields,
    };
  }

  #givePlace(): void {
    if (this.#hasPlace) this.#route.places.give();
    this.#hasPlace = false;
  }

  /** Sends the body on, beside the response. */
  async #upload(stream: TunnelStream): Promise<void> {
    const { body } = this.request;
    try {
      for (let piece = await body.read(); piece !== null; piece = await body.read()) {
        if (this.pace !== undefined) await this.#turnOf(piece.length);
        await stream.write(piece);
      }
      await stream.end(body.trailers?.bytes);
      // Once the exchange is over, the watch is at the next request.
      if (this.#hasPlace) this.watch.onSent();
    } catch (error) {
      // The tunnel's failures are seen by whoever waits for the response.
      if (stream.failure !== undefined) return;
      this.#visitorError = error;
      stream.reset("cancelled");
    }
  }

  /** Waits until it is these bytes' turn. */
  #turnOf(bytes: number): Promise<void> {
    return takeTurn(this.watch, this.pace?.inward(bytes));
  }

  async #fail(error: unknown): Promise<ExchangeEnd> {
    const code = answerToFailure(error);
    // The visitor's own failure reset the stream, and that is what is seen here.
    const cause = this.watch.fault ?? this.#visitorError ??
      (code === undefined ? error : undefined);
    this.#stream?.reset(resetFor(code));
    if (cause !== undefined) return await this.#dismiss(cause);
    if (this.#status !== 0) return { kind: "broken", status: this.#status, error };
    return await answerWith(this.sink, code!);
  }

  /** The visitor itself is at fault: it is told so if it may still be listening. */
  async #dismiss(cause: unknown): Promise<ExchangeEnd> {
    const code = cause instanceof VisitorFault ? cause.answer : undefined;
    if (code === undefined || this.#status !== 0) return { kind: "gone", error: cause };
    return await answerWith(this.sink, code);
  }
}

function resetFor(code: AnswerCode | undefined): ResetCode {
  return code === "bad_response" ? "bad_head" : "cancelled";
}

function withoutAuthorization(fields: Uint8Array): Uint8Array {
  return HeaderBlock.parse(fields).edit().remove("authorization").toBytes();
}
