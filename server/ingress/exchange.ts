/**
 * One request and its response, between a visitor and a tunnel. Knows nothing of
 * listeners and connections: the visitor's side is an interface, so that the same
 * logic serves any ingress.
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
 * @module
 */

import { type ResetCode, StreamReset, type TunnelStream } from "@tun/protocol";
import {
  DEFAULT_HTTP_LIMITS,
  forwardResponse,
  HeaderBlock,
  type HeaderEdit,
  parseTrailers,
  type RequestHead,
  ResponseHead,
} from "@tun/protocol/http1";
import type { Admission, Admitted, Pace, PlaceWait, Route, RouteOpen } from "../routing/route.ts";
import { type AnswerCode, statusOf } from "./answer.ts";
import { answerToFailure } from "./outcome.ts";
import { VisitorFault } from "./visitor_fault.ts";

/** A request as an ingress hands it over. */
export interface VisitorRequest {
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
}

/** The body of a request. */
export interface RequestBody {
  /** Bytes that came in so far. */
  readonly received: number;
  /** What is at hand already, and whether that is all; small enough to go with the head. */
  first(): { readonly piece: Uint8Array | undefined; readonly isWhole: boolean };
  /**
   * The next piece, valid until the next call, or `null` at the end.
   *
   * @throws If the visitor is gone, breaks the rules, or sends more than it may.
   */
  read(): Promise<Uint8Array | null>;
  /** Its trailers, once it is read. */
  readonly trailers: HeaderBlock | null;
}

/** Where the response goes. Promises resolve when the visitor can take more. */
export interface ResponseSink {
  /** An informational response. */
  inform(head: ResponseHead, fields: HeaderEdit): Promise<void>;
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

/** Gives an answer of our own. */
export async function answerWith(
  sink: Pick<ResponseSink, "answer">,
  code: AnswerCode,
  retryAfterS?: number,
): Promise<ExchangeEnd> {
  await sink.answer(code, retryAfterS);
  return { kind: "answered", status: statusOf(code), code };
}

/** While the link is paused, a request waits this long for it to come back. */
const PAUSED_WAIT_MS = 10_000;

/** The client watches the app's time too; this much later we stop waiting for it. */
export const CLIENT_GRACE_MS = 5_000;

/**
 * Carries one exchange to its end. Never rejects for what visitor, network or app do.
 * `current` says which route leads to the tunnel now, should `route` not come back.
 */
export function exchange(
  request: VisitorRequest,
  route: Route,
  sink: ResponseSink,
  watch: ExchangeWatch,
  current: () => Route | undefined = () => undefined,
): Promise<ExchangeEnd> {
  return route.admission === undefined
    ? placed(request, route, sink, watch, current)
    : admitted(request, route, route.admission, sink, watch, current);
}

/** Lets the visitor in, or not. */
async function admitted(
  request: VisitorRequest,
  route: Route,
  admission: Admission,
  sink: ResponseSink,
  watch: ExchangeWatch,
  current: () => Route | undefined,
): Promise<ExchangeEnd> {
  const { ip, head } = request;
  const verdict = await admission.admit({ ip, authorization: head.headers.get("authorization") });
  if (verdict.kind === "refused") {
    return await refuse(sink, verdict.code, watch, verdict.retryAfterS);
  }
  try {
    return await placed(request, route, sink, watch, current, verdict);
  } finally {
    verdict.leave();
  }
}

/** Waits for a place and for the link, and carries the exchange out. */
async function placed(
  request: VisitorRequest,
  route: Route,
  sink: ResponseSink,
  watch: ExchangeWatch,
  current: () => Route | undefined,
  visit?: Admitted,
): Promise<ExchangeEnd> {
  const { places } = route;
  if (!places.tryTake()) {
    const wait = watch.fault === undefined ? places.wait(route.requestTimeoutMs) : undefined;
    if (wait !== undefined) watch.onQueued(wait);
    if (!await wait?.taken) return await refuse(sink, "busy", watch);
  }
  let isPlaceTaken = true;
  const givePlace = () => {
    if (isPlaceTaken) places.give();
    isPlaceTaken = false;
  };
  try {
    if (route.isPaused) {
      watch.onWaiting();
      const isUsable = await route.whenUsable(PAUSED_WAIT_MS);
      if (!isUsable || watch.fault !== undefined) {
        const heir = watch.fault === undefined ? current() : undefined;
        if (heir === undefined || heir === route) {
          return await refuse(sink, "tunnel_paused", watch);
        }
        givePlace();
        visit?.leave();
        // Its rules may be others, so the visitor is looked at anew.
        return await exchange(request, heir, sink, watch, current);
      }
    }
    return await new Exchange(request, route, sink, watch, givePlace, visit).run();
  } finally {
    givePlace();
  }
}

async function refuse(
  sink: ResponseSink,
  code: AnswerCode,
  watch: ExchangeWatch,
  retryAfterS?: number,
): Promise<ExchangeEnd> {
  if (watch.fault !== undefined) return { kind: "gone", error: watch.fault };
  return await answerWith(sink, code, retryAfterS);
}

function withoutAuthorization(fields: Uint8Array): Uint8Array {
  return HeaderBlock.parse(fields).edit().remove("authorization").toBytes();
}

const AWAITING_UPGRADE = { piece: undefined, isWhole: false } as const;

class Exchange {
  readonly #request: VisitorRequest;
  readonly #route: Route;
  readonly #sink: ResponseSink;
  readonly #watch: ExchangeWatch;
  readonly #givePlace: () => void;
  readonly #fields: Uint8Array;
  readonly #pace: Pace | undefined;
  #stream!: TunnelStream;
  /** The status that was sent, once one was. */
  #status = 0;
  /** What ended the visitor's side, if something did. */
  #visitorError: unknown;

  constructor(
    request: VisitorRequest,
    route: Route,
    sink: ResponseSink,
    watch: ExchangeWatch,
    givePlace: () => void,
    visit: Admitted | undefined,
  ) {
    this.#request = request;
    this.#route = route;
    this.#sink = sink;
    this.#watch = watch;
    this.#givePlace = givePlace;
    this.#pace = visit?.pace;
    // A login that was for us is none of the app's business.
    this.#fields = visit?.tookLogin ? withoutAuthorization(request.fields) : request.fields;
  }

  async run(): Promise<ExchangeEnd> {
    try {
      const { body, head } = this.#request;
      // Behind the head of an upgrade come the bytes of another protocol, or nothing.
      const { piece, isWhole } = head.passesUpgrade ? AWAITING_UPGRADE : body.first();
      if (this.#pace !== undefined) {
        const bytes = this.#fields.length + (piece?.length ?? 0);
        await this.#turn(this.#pace.inward(bytes));
        if (this.#watch.fault !== undefined) throw this.#watch.fault;
      }
      this.#stream = this.#route.open(this.#openHead(), piece, isWhole);
      this.#watch.onOpen(this.#stream, this.#route.requestTimeoutMs + CLIENT_GRACE_MS);
      if (isWhole) this.#watch.onSent();
      else if (head.passesUpgrade) this.#watch.onWaiting();
      else this.#upload();
      return await this.#respond();
    } catch (error) {
      return await this.#fail(error);
    }
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
      authority: head.headers.get("host") ?? "",
      headers: this.#fields,
    };
  }

  /** Sends the body on, beside the response. */
  async #upload(): Promise<void> {
    const { body } = this.#request;
    try {
      for (let piece = await body.read(); piece !== null; piece = await body.read()) {
        if (this.#pace !== undefined) await this.#turn(this.#pace.inward(piece.length));
        await this.#stream.write(piece);
      }
      await this.#stream.end(body.trailers?.bytes);
      this.#watch.onSent();
    } catch (error) {
      // The tunnel's failures are seen by whoever waits for the response.
      if (this.#stream.failure !== undefined) return;
      this.#visitorError = error;
      this.#stream.reset("cancelled");
    }
  }

  /** Waits until it is these bytes' turn. */
  async #turn(turn: Promise<void> | undefined): Promise<void> {
    if (turn === undefined) return;
    this.#watch.onHeld(true);
    await turn;
    this.#watch.onHeld(false);
  }

  async #respond(): Promise<ExchangeEnd> {
    const stream = this.#stream;
    for (;;) {
      const { status, minorVersion, reason, headers } = await stream.nextResponse();
      const head = ResponseHead.fromParts(
        { status, minor: minorVersion as 0 | 1, reason, headers },
        DEFAULT_HTTP_LIMITS,
      );
      const fields = forwardResponse(head);
      if (head.informational) {
        await this.#sink.inform(head, fields);
        continue;
      }
      this.#watch.onHead();
      if (status !== 101) return await this.#transfer(head, fields);
      if (!this.#request.head.passesUpgrade) throw new StreamReset("bad_head", "local");
      this.#givePlace();
      this.#status = status;
      await this.#sink.upgrade(head, fields, stream, this.#pace);
      return { kind: "upgraded", status };
    }
  }

  async #transfer(head: ResponseHead, fields: HeaderEdit): Promise<ExchangeEnd> {
    const stream = this.#stream;
    const counter = new LengthCheck(head, this.#request.head.method);
    const first = stream.tryRead() ?? undefined;
    if (first !== undefined) counter.take(first.length);
    if (this.#pace !== undefined) await this.#turn(this.#pace.outward(first?.length ?? 0));
    let next = stream.tryRead();
    this.#status = head.status;
    await this.#sink.start(head, fields, first, next === null && stream.trailers === undefined);
    while (next !== null) {
      next ??= await stream.read();
      if (next === null) break;
      counter.take(next.length);
      if (this.#pace !== undefined) await this.#turn(this.#pace.outward(next.length));
      await this.#sink.write(next);
      stream.recycle(next);
      next = stream.tryRead();
    }
    counter.end();
    const { trailers } = stream;
    await this.#sink.finish(
      trailers === undefined ? null : parseTrailers(trailers, DEFAULT_HTTP_LIMITS),
    );
    // An early response: nobody is interested in the rest of the request.
    this.#stream.reset("cancelled");
    return { kind: "answered", status: this.#status };
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

/** Holds a response to the length that it announced: a tenant must not desync a connection. */
class LengthCheck {
  #left: number;
  readonly #isExact: boolean;

  constructor(head: ResponseHead, method: string) {
    const framing = head.framing(method);
    this.#isExact = framing.kind === "length" || framing.kind === "none";
    this.#left = framing.kind === "length"
      ? framing.length
      : framing.kind === "none"
      ? 0
      : Infinity;
  }

  take(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw new StreamReset("bad_body", "local");
  }

  end(): void {
    if (this.#isExact && this.#left > 0) throw new StreamReset("bad_body", "local");
  }
}
