/**
 * A tunnel that ends in a function.
 *
 * @module
 */

import { type Clock, systemClock, type TunnelStream } from "@tun/protocol";
import type { TunEvent } from "../events.ts";
import { handlerExchange, type ServeHandler } from "./handler_exchange.ts";

/** Takes streams for a handler. */
export class HandlerTunnel {
  readonly #handler: ServeHandler;
  readonly #report: (event: TunEvent) => void;
  readonly #onError: (error: unknown) => void;
  readonly #clock: Clock;

  /** Makes a tunnel; what the handler throws goes to `onError`, and the visitor gets a 500. */
  constructor(
    handler: ServeHandler,
    report: (event: TunEvent) => void,
    onError: (error: unknown) => void,
    clock: Clock = systemClock,
  ) {
    this.#handler = handler;
    this.#report = report;
    this.#onError = onError;
    this.#clock = clock;
  }

  /** Takes a visitor's request. */
  handle(stream: TunnelStream): void {
    if (stream.head.kind !== "http") stream.reset("internal");
    else this.#run(stream, stream.head);
  }

  async #run(stream: TunnelStream, head: TunnelStream["head"] & { kind: "http" }): Promise<void> {
    const startedAt = this.#clock.now();
    const { status, bytes, error } = await handlerExchange(stream, head, this.#handler);
    if (error !== undefined) this.#tell(error);
    this.#report({
      event: "request",
      method: head.method,
      path: head.target,
      status,
      ms: this.#clock.now() - startedAt,
      bytes,
    });
  }

  #tell(error: unknown): void {
    try {
      this.#onError(error);
    } catch (cause) {
      // It costs the one who made it a line, not the process.
      this.#report({
        event: "error",
        code: "handler_failed",
        message: `onError: ${String(cause)}`,
      });
    }
  }
}
