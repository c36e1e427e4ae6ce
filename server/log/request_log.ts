/**
 * The line that every request leaves in the log.
 *
 * @module
 */

import type { RequestRecord } from "../ingress/http_ingress.ts";
import type { Log } from "./log.ts";

/** Writes the line of a request that has ended. */
export function logRequest(log: Log, record: RequestRecord): void {
  const { tunnel, method, target, visitor, end, ms, receivedBytes, sentBytes } = record;
  const fields = { tunnel, method, target, visitor, ms: Math.round(ms), receivedBytes, sentBytes };
  const code = end.kind === "answered" ? end.code : end.kind;
  const status = "status" in end ? end.status : 0;
  log.event("request", { ...fields, status, ...(code === undefined ? {} : { code }) });
}
