/**
 * What a WebSocket's close code means for a transport.
 *
 * @module
 */

import { TransportError } from "./transport.ts";

/** Codes of an orderly end: 1000, and 1005 for a Close frame without a code. */
const ORDERLY: ReadonlySet<number> = new Set([1000, 1005]);

/** Codes by which a peer says that our framing, or our messages, were not to its rules. */
const VIOLATIONS: ReadonlySet<number> = new Set([1002, 1003, 1007, 1008, 1009, 1010]);

/** `null` when the peer ended in order, else the error that its close code stands for. */
export function errorOfClose(code: number, reason: string): TransportError | null {
  if (ORDERLY.has(code)) return null;
  const text = `The WebSocket was closed with ${code}${reason === "" ? "" : `: ${reason}`}`;
  return new TransportError(VIOLATIONS.has(code) ? "carrier_violation" : "connection_lost", text);
}
