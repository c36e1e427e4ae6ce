/**
 * What a failed start means for the next one.
 *
 * @module
 */

import { HandshakeRefused } from "@tun/protocol";
import { DialError } from "../dial/dial_error.ts";
import { AgentEnd } from "./agent_end.ts";

/** What looked wrong for good and was right before: captive portals, half-done deployments. */
const STRANGE_RETRY_MS = 60_000;

/** Codes that are about the credential: no server will change its mind. */
const TOKEN_CODES: ReadonlySet<string> = new Set([
  "token_refused",
  "token_expired",
  "token_revoked",
]);

/** True if another token might do. */
export function isAboutToken(code: string): boolean {
  return TOKEN_CODES.has(code);
}

/** Try again, no earlier than after `notBeforeMs`. */
export interface Retry {
  readonly notBeforeMs: number;
  /** For people. */
  readonly reason: string;
}

/**
 * Decides about a failed start. What is wrong with the endpoint is final until it was right once.
 *
 * @throws {AgentEnd} If trying again is pointless.
 */
export function afterFailure(error: unknown, wasOnline: boolean): Retry {
  if (error instanceof HandshakeRefused) {
    const { code, message, final, retryAfterMs } = error;
    if (!final) return { notBeforeMs: retryAfterMs, reason: message };
    if (isAboutToken(code) || !wasOnline) throw new AgentEnd(code, message, { cause: error });
    return { notBeforeMs: STRANGE_RETRY_MS, reason: message };
  }
  if (error instanceof DialError) {
    const { code, message, retryable } = error;
    if (retryable) return { notBeforeMs: 0, reason: message };
    if (!wasOnline) throw new AgentEnd(code, message, { cause: error });
    return { notBeforeMs: STRANGE_RETRY_MS, reason: message };
  }
  throw error;
}
