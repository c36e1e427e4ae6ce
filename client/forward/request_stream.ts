/**
 * What forwarding asks of a visitor's stream, so that something may stand in between.
 *
 * @module
 */

import type { TunnelStream } from "@tun/protocol";

/** A stream, as far as forwarding is concerned. */
export type RequestStream = Pick<
  TunnelStream,
  | "head"
  | "failure"
  | "trailers"
  | "onFailure"
  | "isDrained"
  | "tryRead"
  | "read"
  | "recycle"
  | "respond"
  | "write"
  | "end"
  | "reset"
>;
