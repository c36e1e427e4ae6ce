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
  type ExchangeWatch,
  type ResponseSink,
  type VisitorRequest,
} from "./exchange_sides.ts";

/** While the link is paused, a request waits this long for it to come back. */
const PAUSED_WAIT_MS = 10_000;

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
  const { admission, places } = route;
  if (admission !== undefined) return admitted(request, route, admission, sink, watch, current);
  // Mostly nothing stands in the way, and so nothing is awaited.
  if (!route.isPaused && places.tryTake()) return new Exchange(request, route, sink, watch).run();
  return placed(request, route, sink, watch, current);
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

/** Waits for a place and for the link. */
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
  if (!route.isPaused) return await new Exchange(request, route, sink, watch, visit).run();
  watch.onWaiting();
  const isUsable = await route.whenUsable(PAUSED_WAIT_MS);
  if (isUsable && watch.fault === undefined) {
    return await new Exchange(request, route, sink, watch, visit).run();
  }
  places.give();
  const heir = watch.fault === undefined ? current() : undefined;
  if (heir === undefined || heir === route) return await refuse(sink, "tunnel_paused", watch);
  visit?.leave();
  // Its rules may be others, so the visitor is looked at anew.
  return await exchange(request, heir, sink, watch, current);
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
