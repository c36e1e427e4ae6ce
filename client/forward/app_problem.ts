/**
 * What can be wrong with the local app, for the visitor and for the person.
 *
 * @module
 */

import { type ResetCode, TransportError } from "@tun/protocol";
import { HttpViolation } from "@tun/protocol/http1";

/** The codes with which a request that reached us can fail. */
export type AppProblemCode = Extract<
  ResetCode,
  "app_unreachable" | "app_timeout" | "app_broken" | "bad_body" | "bad_head" | "internal"
>;

/** The local app, or what was to be sent to it, is at fault. */
export class AppProblem extends Error {
  override readonly name = "AppProblem";
  /** What the visitor's stream is reset with. */
  readonly code: AppProblemCode;

  /** Makes a problem with a message for the person whose app it is. */
  constructor(code: AppProblemCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The status that the server shows to a visitor for each of them, for the log. */
export const PROBLEM_STATUS: Readonly<Record<AppProblemCode, number>> = {
  app_unreachable: 502,
  app_timeout: 504,
  app_broken: 502,
  bad_body: 502,
  bad_head: 502,
  internal: 502,
};

/** What a failed connection to `label` says. */
export function unreachable(label: string, cause: unknown): AppProblem {
  return new AppProblem("app_unreachable", `cannot reach ${label}: ${reasonOf(cause)}`, { cause });
}

/** What an app that hangs up without a byte says. */
export function silent(label: string): AppProblem {
  return new AppProblem("app_broken", `${label} hung up without an answer`);
}

/** What has gone wrong with a request to `label`: before it was sent, or `isSent` and after. */
export function problemOf(label: string, error: unknown, isSent: boolean): AppProblem {
  if (error instanceof AppProblem) return error;
  if (error instanceof HttpViolation) {
    if (isSent) return malformed(label, error);
    return new AppProblem("bad_head", `a request is not valid HTTP (${error.code})`);
  }
  const options = { cause: error };
  if (error instanceof TransportError) {
    return new AppProblem("app_broken", `${label} broke off in the middle`, options);
  }
  // Ours, or a head that is too large for the tunnel: it costs this request only.
  return new AppProblem("internal", `a request failed: ${String(error)}`, options);
}

/** What an answer that is not HTTP says. */
function malformed(label: string, cause: HttpViolation): AppProblem {
  if (cause.code === "early_end") {
    return new AppProblem("app_broken", `${label} ended in the middle of its answer`, { cause });
  }
  const why = `sent an answer that is not valid HTTP (${cause.code})`;
  return new AppProblem("bad_head", `${label} ${why}`, { cause });
}

function reasonOf(cause: unknown): string {
  if (cause instanceof Deno.errors.ConnectionRefused) return "connection refused, is it running?";
  if (cause instanceof Deno.errors.NotFound) return "there is no such host or socket";
  if (cause instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (cause instanceof Deno.errors.InvalidData) {
    return `${cause.message} (for a self-signed certificate use --insecure)`;
  }
  return cause instanceof Error ? cause.message : String(cause);
}
