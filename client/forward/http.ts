/**
 * HTTP tunnels: every stream is a request to the app.
 *
 * @module
 */

import { type Clock, systemClock, type Timer } from "@tun/protocol";
import type { TunEvent } from "../events.ts";
import type { Target } from "../address/target.ts";
import { AppPool } from "./app_pool.ts";
import type { AppProblem } from "./app_problem.ts";
import { hostMismatch } from "./host_mismatch.ts";
import type { ExchangeContext } from "./exchange_context.ts";
import { HttpExchange } from "./http_exchange.ts";
import { ProblemLog } from "./problem_log.ts";
import type { RequestStream } from "./request_stream.ts";
import { Roster } from "./roster.ts";
import { TargetDialer } from "./target_dialer.ts";

/** How requests are forwarded. */
export interface HttpForwarderOptions {
  readonly target: Target;
  /** The `Host` to send instead of the visitor's. */
  readonly hostHeader?: string | undefined;
  /** Do not check the certificate of an `https://` target. */
  readonly insecure: boolean;
  readonly connectTimeoutMs: number;
  /** From the last byte moved until the head of the answer. */
  readonly requestTimeoutMs: number;
  /**
   * How many requests there can be at once.
   *
   * @default {100}
   */
  readonly concurrency?: number | undefined;
  /** The tunnel's name in the config file. */
  readonly label?: string | undefined;
  /** Who is told what happens. Must not throw. */
  readonly report: (event: TunEvent) => void;
  /** @default {systemClock} */
  readonly clock?: Clock;
}

/** One timer for all requests: it looks this often, or more often where timeouts are short. */
const SWEEP_MS = 1_000;

/** As many as `-c` lets in by default. */
const DEFAULT_CONCURRENCY = 100;

/** Forwards requests to one target. */
export class HttpForwarder implements ExchangeContext, Disposable {
  readonly pool: AppPool;
  readonly hostHeader: string | undefined;
  readonly #options: HttpForwarderOptions;
  readonly #clock: Clock;
  readonly #problems: ProblemLog;
  readonly #exchanges = new Roster<HttpExchange>();
  /** What came in this turn and has not begun. */
  readonly #arrived: HttpExchange[] = [];
  #arrivedAt = 0;
  /** One hint is enough, and whoever rewrites the host needs none. */
  #mayHint: boolean;
  #timer: Timer | undefined;
  #isClosed = false;

  /** Makes a forwarder; nothing is dialled before there is a request. */
  constructor(options: HttpForwarderOptions) {
    const { clock = systemClock, target, connectTimeoutMs, insecure, report, label } = options;
    this.#options = options;
    this.#clock = clock;
    this.hostHeader = options.hostHeader;
    this.pool = new AppPool(
      new TargetDialer({ target, connectTimeoutMs, insecure, clock }),
      options.concurrency ?? DEFAULT_CONCURRENCY,
    );
    this.#problems = new ProblemLog(report, clock, label);
    this.#mayHint = options.hostHeader === undefined;
  }

  /** Takes a visitor's request. */
  handle(stream: RequestStream): void {
    const { head } = stream;
    if (head.kind !== "http" || this.#isClosed) return stream.reset("tunnel_gone");
    // One look at the clock for all that come in one turn.
    if (this.#arrived.length === 0) this.#arrivedAt = this.#clock.now();
    const exchange = new HttpExchange(this, stream, head, this.#arrivedAt);
    this.#exchanges.add(exchange);
    this.#timer ??= this.#sweepLater();
    // The end of the request, or its body, comes with it, but after this call; and a visitor that has
    // left in the same packet costs the app nothing.
    if (this.#arrived.push(exchange) === 1) queueMicrotask(this.#startArrived);
  }

  /** Closes the connections that wait; requests that are under way go on. */
  close(): void {
    this.#isClosed = true;
    this.pool.close();
    if (this.#exchanges.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** As {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** For exchanges. */
  now(): number {
    return this.#clock.now();
  }

  /** For exchanges. */
  onAnswer(path: string, status: number, body: Uint8Array | undefined): void {
    if (!this.#mayHint) return;
    const message = hostMismatch(path, status, body);
    if (message === undefined) return;
    this.#mayHint = false;
    const { label, report } = this.#options;
    const tunnel = label === undefined ? {} : { tunnel: label };
    report({ event: "warning", code: "host_rejected", message, ...tunnel });
  }

  /** For exchanges. */
  onEnd(exchange: HttpExchange, now: number): void {
    this.#exchanges.remove(exchange);
    const { head, startedAt, status, bytes } = exchange;
    const { label, report } = this.#options;
    const event = {
      event: "request",
      method: head.method,
      path: head.target,
      status,
      ms: now - startedAt,
      bytes,
    } as const;
    report(label === undefined ? event : { ...event, tunnel: label });
    if (this.#isClosed) this.close();
  }

  /** For exchanges. */
  onProblem(problem: AppProblem): void {
    this.#problems.add(problem);
  }

  readonly #startArrived = (): void => {
    for (const exchange of this.#arrived) exchange.start();
    this.#arrived.length = 0;
  };

  #sweepLater(): Timer {
    const ms = Math.min(SWEEP_MS, Math.max(10, this.#options.requestTimeoutMs / 8));
    return this.#clock.schedule(ms, () => this.#sweep());
  }

  #sweep(): void {
    const now = this.#clock.now();
    const { requestTimeoutMs } = this.#options;
    for (const exchange of this.#exchanges) {
      if (now - exchange.waitingSince < requestTimeoutMs) continue;
      exchange.timeOut(`${this.pool.label} did not answer within ${requestTimeoutMs / 1000} s`);
    }
    this.pool.sweep(now);
    const isNeeded = this.#exchanges.size > 0 || this.pool.idle > 0;
    this.#timer = isNeeded ? this.#sweepLater() : undefined;
  }
}
