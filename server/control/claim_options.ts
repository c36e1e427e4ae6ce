/**
 * Reads what a client asks for with a claim. What it does not say, or says badly,
 * is the default: options are wishes, not rights. Rules for visitors are the exception.
 *
 * @module
 */

import { type AccessReading, type Claim, readAccessOptions } from "@tun/protocol";
import type { TunnelOptions } from "./local_route.ts";

const DEFAULTS: TunnelOptions = { concurrency: 100, requestTimeoutMs: 25_000 };

/** No more than the streams that a session may have. */
const MOST_CONCURRENCY = 1024;

const MOST_REQUEST_TIMEOUT_MS = 60 * 60_000;

/** Who may visit. That is no wish: what cannot be kept is a fault. */
export function claimedAccess({ kind, options = {} }: Claim): AccessReading<undefined> {
  return options.access === undefined
    ? { ok: true, rules: undefined }
    : readAccessOptions(options.access, kind);
}

/** The other options of a claim. */
export function tunnelOptions({ options = {} }: Claim): TunnelOptions {
  return {
    concurrency: integer(options.concurrency, 1, MOST_CONCURRENCY, DEFAULTS.concurrency),
    requestTimeoutMs: integer(
      options.requestTimeoutMs,
      1,
      MOST_REQUEST_TIMEOUT_MS,
      DEFAULTS.requestTimeoutMs,
    ),
  };
}

function integer(value: unknown, least: number, most: number, otherwise: number): number {
  if (!Number.isSafeInteger(value)) return otherwise;
  return Math.min(Math.max(value as number, least), most);
}
