/**
 * What a request gets past before it is carried out: the tunnel's rules, a place, and a
 * link that is up.
 *
 * @module
 */

import type { Admission, Admitted, Route } from "../routing/route.ts";
import type { AnswerCode } from "./answer.ts";
import { Exchange } from "./exchange.ts";
import {
  answerWith,
  type ExchangeEnd,
  type ExchangeListener,
  type ExchangeWatch,
  type ResponseSink,
  tell,
  type VisitorRequest,
} from "./exchange_sides.ts";

/** While the link is paused, a request waits this long for it to come back. */
const PAUSED_WAIT_MS = 10_000;

/** What an exchange is made with; a class for the reason that `IncomingRequest` is one. */
export class ExchangeSides {
  /** What is asked. */
  readonly request: VisitorRequest;
  /** Where the response goes. */
  readonly sink: ResponseSink;
  /** Who watches. */
  readonly watch: ExchangeWatch;
  /** Which route leads to the tunnel now, should the first one not come back. */
  readonly current: () => Route | undefined;

  /** Brings them together. */
  constructor(
    request: VisitorRequest,
    sink: ResponseSink,
    watch: ExchangeWatch,
    current: () => Route | undefined,
  ) {
    this.request = request;
    this.sink = sink;
    this.watch = watch;
    this.current = current;
  }
}

/** Carries one exchange to its end. Nothing that visitor, network or app do is a fault. */
export function exchange(sides: ExchangeSides, route: Route, listener: ExchangeListener): void {
  const { admission } = route;
  if (admission === undefined) enter(sides, route, listener);
  else tell(listener, admitted(sides, route, admission));
}

/** Lets the visitor in, or not. */
async function admitted(
  sides: ExchangeSides,
  route: Route,
  admission: Admission,
): Promise<ExchangeEnd> {
  const { ip, head } = sides.request;
  const verdict = await admission.admit({ ip, authorization: head.headers.get("authorization") });
  if (verdict.kind === "refused") {
    return await refuse(sides, verdict.code, verdict.retryAfterS);
  }
  try {
    return await endOf((listener) => enter(sides, route, listener, verdict));
  } finally {
    verdict.leave();
  }
}

/** Waits for a place, if there is none. */
function enter(
  sides: ExchangeSides,
  route: Route,
  listener: ExchangeListener,
  visit?: Admitted,
): void {
  const { places, requestTimeoutMs } = route;
  if (places.tryTake()) return carry(sides, route, listener, visit);
  const { watch } = sides;
  const wait = watch.fault !== undefined ? undefined : places.wait(requestTimeoutMs, (hasPlace) => {
    if (hasPlace) carry(sides, route, listener, visit);
    else tell(listener, refuse(sides, "busy"));
  });
  if (wait !== undefined) watch.onQueued(wait);
  else tell(listener, refuse(sides, "busy"));
}

/** Has a place. Mostly nothing stands in the way then, and nothing is awaited. */
function carry(
  sides: ExchangeSides,
  route: Route,
  listener: ExchangeListener,
  visit?: Admitted,
): void {
  if (route.isPaused) return tell(listener, resumed(sides, route, visit));
  const { request, sink, watch } = sides;
  new Exchange(request, route, sink, watch, listener, visit).start();
}

/** Waits for the link. */
async function resumed(
  sides: ExchangeSides,
  route: Route,
  visit: Admitted | undefined,
): Promise<ExchangeEnd> {
  const { watch } = sides;
  watch.onWaiting();
  const isUsable = await route.whenUsable(PAUSED_WAIT_MS);
  if (isUsable && watch.fault === undefined) {
    return await endOf((listener) => carry(sides, route, listener, visit));
  }
  route.places.give();
  const heir = watch.fault === undefined ? sides.current() : undefined;
  if (heir === undefined || heir === route) return await refuse(sides, "tunnel_paused");
  visit?.leave();
  // Its rules may be others, so the visitor is looked at anew.
  return await endOf((listener) => exchange(sides, heir, listener));
}

/** The end of what takes a listener, for who awaits it. */
function endOf(start: (listener: ExchangeListener) => void): Promise<ExchangeEnd> {
  return new Promise((onEnd, onFault) => start({ onEnd, onFault }));
}

async function refuse(
  { sink, watch }: ExchangeSides,
  code: AnswerCode,
  retryAfterS?: number,
): Promise<ExchangeEnd> {
  if (watch.fault !== undefined) return { kind: "gone", error: watch.fault };
  return await answerWith(sink, code, retryAfterS);
}
