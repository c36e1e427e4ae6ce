/**
 * What to tell a visitor whose request came to nothing.
 *
 * @module
 */

import { type ResetCode, SessionClosed, StreamReset } from "@tun/protocol";
import { HttpViolation } from "@tun/protocol/http1";
import { RouteUnusable } from "../routing/route.ts";
import type { AnswerCode } from "./answer.ts";

const BY_RESET: Record<ResetCode, AnswerCode> = {
  cancelled: "app_broken",
  refused: "tunnel_lost",
  app_unreachable: "app_unreachable",
  app_timeout: "app_timeout",
  app_broken: "app_broken",
  bad_head: "bad_response",
  bad_body: "bad_response",
  busy: "busy",
  tunnel_gone: "tunnel_replaced",
  loop: "loop",
  internal: "tunnel_error",
};

const BY_ROUTE: Record<RouteUnusable["code"], AnswerCode> = {
  gone: "tunnel_lost",
  full: "busy",
  too_large: "head_too_large",
};

/** The answer to a failure on the tunnel's side, or `undefined` for one that is not. */
export function answerToFailure(error: unknown): AnswerCode | undefined {
  if (error instanceof StreamReset) return BY_RESET[error.code];
  if (error instanceof SessionClosed) return "tunnel_lost";
  if (error instanceof RouteUnusable) return BY_ROUTE[error.code];
  // The response is validated again here, so this one is the app's.
  if (error instanceof HttpViolation) return "bad_response";
  return undefined;
}

/** The answer to a request that cannot be understood. */
export function answerToViolation(error: HttpViolation): AnswerCode {
  switch (error.status) {
    case 405:
      return "method_not_allowed";
    case 413:
      return "body_too_large";
    case 414:
      return "target_too_long";
    case 431:
      return "head_too_large";
    case 501:
      return "unknown_coding";
    case 505:
      return "version_not_supported";
    default:
      return "bad_request";
  }
}
