/**
 * What is told of every request once it has ended: the log, the metrics and the traces
 * are made of it.
 *
 * @module
 */

import type { RequestHead } from "@tun/protocol/http1";
import type { AnswerCode } from "./answer.ts";
import type { ExchangeEnd } from "./exchange_sides.ts";

/** A request that has ended. */
export interface RequestRecord {
  /** Its id; see `request_id.ts`. */
  readonly id: string;
  /** The tunnel, or the empty text for our own side. */
  readonly tunnel: string;
  /** Its head; not to be kept. */
  readonly head: RequestHead;
  /** Where it came from. */
  readonly visitor: string;
  /** How it ended. */
  readonly end: ExchangeEnd;
  /** From its head to the end of the response. */
  readonly ms: number;
  /** From its head to its leaving for the tunnel; negative if it never left. */
  readonly edgeMs: number;
  /** From there to the head of the response; negative if none came. */
  readonly tunnelMs: number;
  /** The least round trip of the tunnel's link; `Infinity` when unknown. */
  readonly roundTripMs: number;
  /** Bytes of its body. */
  readonly receivedBytes: number;
  /** Bytes of the response that the visitor has taken. */
  readonly sentBytes: number;
}

/** Something that came in place of a request and could not be understood. */
export interface BadRequest {
  /** An id of ours. */
  readonly id: string;
  /** Where it came from. */
  readonly visitor: string;
  /** What was answered. */
  readonly status: number;
  /** The same as a code. */
  readonly code: AnswerCode;
}
