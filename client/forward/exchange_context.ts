/**
 * What an exchange needs of the tunnel that it belongs to, and tells it.
 *
 * @module
 */

import type { AppPool } from "./app_pool.ts";
import type { AppProblem } from "./app_problem.ts";
import type { HttpExchange } from "./http_exchange.ts";

/** What all exchanges of a tunnel have in common. */
export interface ExchangeContext {
  /** Connections to the app. */
  readonly pool: AppPool;
  /** The `Host` to send instead of the visitor's. */
  readonly hostHeader: string | undefined;
  /** The time, in milliseconds. */
  now(): number;
  /** A final answer has begun, with the first piece of its body if that is at hand. */
  onAnswer(path: string, status: number, body: Uint8Array | undefined): void;
  /** The exchange is over for the visitor. */
  onEnd(exchange: HttpExchange, now: number): void;
  /** The app is at fault, or we are. */
  onProblem(problem: AppProblem): void;
}
