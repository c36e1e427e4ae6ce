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
 * left the processor's caches by then. Everything else takes the general way, `#carry`.
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
import {
  DEFAULT_HTTP_LIMITS,
  forwardResponse,
  HeaderBlock,
  parseTrailers,
  ResponseHead,
} from "@tun/protocol/http1";
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
import { VisitorFault } from "./visitor_fault.ts";

/** The client watches the app's time too; this much later we stop waiting for it. */
export const CLIENT_GRACE_MS = 5_000;

/** Behind the head of an upgrade come the bytes of another protocol, or nothing. */
const AWAITING_UPGRADE: FirstOfBody = { piece: undefined, isWhole: false };

/** An exchange that has its place. */
export class Exchange implements AnswerListener, SendListener {
  readonly #request: VisitorRequest;
  readonly #route: Route;
  readonly #sink: ResponseSink;
  readonly #watch: ExchangeWatch;
  readonly #listener: ExchangeListener;
  readonly #fields: Uint8Array;
  readonly #pace: Pace | undefined;
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
    this.#request = request;
    this.#route = route;
    this.#sink = sink;
    this.#watch = watch;
    this.#listener = listener;
    this.#pace = visit?.pace;
    // A login that was for us is none of the app's business.
    this.#fields = visit?.tookLogin ? withoutAuthorization(request.fields) : request.fields;
  }

  /** Carries it out. */
  start(): void {
    const { body, head } = this.#request;
    if (head.passesUpgrade || this.#pace !== undefined) return this.#conclude(this.#carry());
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
      this.#watch.onHead();
      if (head.status === 101) throw new StreamReset("bad_head", "local");
      const length = new LengthCheck(head, this.#request.head.method);
      length.take(body.length);
      length.end();
      this.#status = head.status;
      this.#sink.send(head, forwardResponse(head), body, this);
    } catch (error) {
      this.#conclude(this.#fail(error));
    }
  }

  /** For the stream: the response comes in pieces, or not at all. */
  onAnswer(): void {
    this.#conclude(this.#carry());
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
      const { body, head: asked } = this.#request;
      const stream = this.#stream ?? await this.#openInTurn(body, asked.passesUpgrade);
      let head = readHead(await stream.nextResponse());
      while (head.informational) {
        await this.#sink.inform(head, forwardResponse(head));
        head = readHead(await stream.nextResponse());
      }
      this.#watch.onHead();
      if (head.status === 101) return await this.#upgrade(head, stream);
      const length = new LengthCheck(head, asked.method);
      const piece = stream.tryRead() ?? undefined;
      if (piece !== undefined) length.take(piece.length);
      if (this.#pace !== undefined) await this.#turn(this.#pace.outward(piece?.length ?? 0));
      const next = stream.tryRead();
      const isWhole = next === null && stream.trailers === undefined;
      this.#status = head.status;
      await this.#sink.start(head, forwardResponse(head), piece, isWhole);
      if (isWhole) length.end();
      else await this.#transfer(stream, next, length);
      stream.reset("cancelled");
      return { kind: "answered", status: head.status };
    } catch (error) {
      return await this.#fail(error);
    }
  }

  async #openInTurn(body: RequestBody, passesUpgrade: boolean): Promise<TunnelStream> {
    const first = passesUpgrade ? AWAITING_UPGRADE : body.first();
    if (this.#pace !== undefined) await this.#takeTurn(this.#pace, first);
    return this.#open(first);
  }

  #open({ piece, isWhole }: FirstOfBody): TunnelStream {
    const stream = this.#stream = this.#route.open(this.#openHead(), piece, isWhole);
    this.#watch.onOpen(stream, this.#route.requestTimeoutMs + CLIENT_GRACE_MS);
    if (isWhole) this.#watch.onSent();
    else if (this.#request.head.passesUpgrade) this.#watch.onWaiting();
    else this.#upload(stream);
    return stream;
  }

  #openHead(): RouteOpen {
    const { head, visitor, scheme } = this.#request;
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
    const { body } = this.#request;
    try {
      for (let piece = await body.read(); piece !== null; piece = await body.read()) {
        if (this.#pace !== undefined) await this.#turn(this.#pace.inward(piece.length));
        await stream.write(piece);
      }
      await stream.end(body.trailers?.bytes);
      this.#watch.onSent();
    } catch (error) {
      // The tunnel's failures are seen by whoever waits for the response.
      if (stream.failure !== undefined) return;
      this.#visitorError = error;
      stream.reset("cancelled");
    }
  }

  /** Waits until it is these bytes' turn. */
  async #turn(turn: Promise<void> | undefined): Promise<void> {
    if (turn === undefined) return;
    this.#watch.onHeld(true);
    await turn;
    this.#watch.onHeld(false);
  }

  /** Waits until it is the request's turn. */
  async #takeTurn(pace: Pace, { piece }: FirstOfBody): Promise<void> {
    await this.#turn(pace.inward(this.#fields.length + (piece?.length ?? 0)));
    if (this.#watch.fault !== undefined) throw this.#watch.fault;
  }

  async #upgrade(head: ResponseHead, stream: TunnelStream): Promise<ExchangeEnd> {
    if (!this.#request.head.passesUpgrade) throw new StreamReset("bad_head", "local");
    this.#givePlace();
    this.#status = head.status;
    await this.#sink.upgrade(head, forwardResponse(head), stream, this.#pace);
    return { kind: "upgraded", status: head.status };
  }

  /** Passes on what did not come with the head. */
  async #transfer(
    stream: TunnelStream,
    next: Uint8Array | null | undefined,
    length: LengthCheck,
  ): Promise<void> {
    while (next !== null) {
      next ??= await stream.read();
      if (next === null) break;
      length.take(next.length);
      if (this.#pace !== undefined) await this.#turn(this.#pace.outward(next.length));
      await this.#sink.write(next);
      stream.recycle(next);
      next = stream.tryRead();
    }
    length.end();
    const { trailers } = stream;
    await this.#sink.finish(
      trailers === undefined ? null : parseTrailers(trailers, DEFAULT_HTTP_LIMITS),
    );
  }

  async #fail(error: unknown): Promise<ExchangeEnd> {
    const code = answerToFailure(error);
    // The visitor's own failure reset the stream, and that is what is seen here.
    const cause = this.#watch.fault ?? this.#visitorError ??
      (code === undefined ? error : undefined);
    this.#stream?.reset(resetFor(code));
    if (cause !== undefined) return await this.#dismiss(cause);
    if (this.#status !== 0) return { kind: "broken", status: this.#status, error };
    return await answerWith(this.#sink, code!);
  }

  /** The visitor itself is at fault: it is told so if it may still be listening. */
  async #dismiss(cause: unknown): Promise<ExchangeEnd> {
    const code = cause instanceof VisitorFault ? cause.answer : undefined;
    if (code === undefined || this.#status !== 0) return { kind: "gone", error: cause };
    return await answerWith(this.#sink, code);
  }
}

function resetFor(code: AnswerCode | undefined): ResetCode {
  return code === "bad_response" ? "bad_head" : "cancelled";
}

function readHead({ status, minorVersion, reason, headers }: TunnelResponse): ResponseHead {
  return ResponseHead.fromParts(
    { status, minor: minorVersion, reason, headers },
    DEFAULT_HTTP_LIMITS,
  );
}

function withoutAuthorization(fields: Uint8Array): Uint8Array {
  return HeaderBlock.parse(fields).edit().remove("authorization").toBytes();
}
