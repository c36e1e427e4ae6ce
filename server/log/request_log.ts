/**
 * The access log: the line that every request leaves.
 *
 * @module
 */

import type { BadRequest, RequestRecord } from "../ingress/request_record.ts";
import type { Log } from "./log.ts";

/** What an access log shows. */
export interface RequestLogOptions {
  /**
   * Whether the query of an address is shown. Tokens and signatures are found there, and
   * logs are read by more people than visitors would like.
   */
  readonly withQuery: boolean;
}

/** Longer addresses and agents are cut: whoever sends them has nothing to say. */
const MOST_PATH_LENGTH = 1024;
const MOST_HOST_LENGTH = 253;
const MOST_AGENT_LENGTH = 256;
const MOST_METHOD_LENGTH = 32;

/** Writes the line of a request that has ended. */
export function logRequest(
  log: Log,
  record: RequestRecord,
  { withQuery }: RequestLogOptions,
): void {
  const { id, tunnel, head, visitor, end, ms, receivedBytes, sentBytes } = record;
  log.event("request", {
    id,
    tunnel,
    method: cut(head.method, MOST_METHOD_LENGTH),
    host: cut(head.host ?? "", MOST_HOST_LENGTH),
    path: cut(withQuery ? head.target : pathOf(head.target), MOST_PATH_LENGTH),
    status: end.kind === "gone" ? 0 : end.status,
    code: end.kind === "answered" ? end.code : end.kind,
    visitor,
    ms: Math.round(ms * 10) / 10,
    receivedBytes,
    sentBytes,
    agent: cut(head.headers.get("user-agent") ?? "", MOST_AGENT_LENGTH),
  });
}

/** Writes the line of something that was no request. */
export function logBadRequest(log: Log, { id, visitor, status, code }: BadRequest): void {
  log.event("bad_request", { id, visitor, status, code });
}

function pathOf(target: string): string {
  const query = target.indexOf("?");
  return query === -1 ? target : target.slice(0, query);
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most)}...`;
}
