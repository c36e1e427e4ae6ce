/**
 * TCP tunnels: every stream is a connection to the app.
 *
 * @module
 */

import { type Clock, systemClock, TransportError, type TunnelStream } from "@tun/protocol";
import type { TunEvent } from "../events.ts";
import type { Target } from "../address/target.ts";
import { AppConnection } from "./app_connection.ts";
import { AppProblem } from "./app_problem.ts";
import { ProblemLog } from "./problem_log.ts";
import { splice } from "./splice.ts";
import { TargetDialer } from "./target_dialer.ts";

/** How connections are forwarded. */
export interface TcpForwarderOptions {
  readonly target: Target;
  readonly connectTimeoutMs: number;
  /** The tunnel's name in the config file. */
  readonly label?: string | undefined;
  /** Who is told what happens. Must not throw. */
  readonly report: (event: TunEvent) => void;
  /** @default {systemClock} */
  readonly clock?: Clock;
}

/** Forwards connections to one target. */
export class TcpForwarder implements Disposable {
  readonly #dialer: TargetDialer;
  readonly #problems: ProblemLog;
  #isClosed = false;

  /** Makes a forwarder; nothing is dialled before there is a visitor. */
  constructor(options: TcpForwarderOptions) {
    const { clock = systemClock, target, connectTimeoutMs, report, label } = options;
    this.#dialer = new TargetDialer({ target, connectTimeoutMs, insecure: false, clock });
    this.#problems = new ProblemLog(report, clock, label);
  }

  /** Takes a visitor's connection. */
  handle(stream: TunnelStream): void {
    if (this.#isClosed) stream.reset("tunnel_gone");
    else this.#carry(stream);
  }

  /** Takes no more; connections that are there go on. */
  close(): void {
    this.#isClosed = true;
  }

  /** As {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  async #carry(stream: TunnelStream): Promise<void> {
    const leaving = new AbortController();
    let connection: AppConnection | undefined;
    stream.onFailure = (failure) => {
      leaving.abort(failure);
      connection?.close();
    };
    try {
      connection = new AppConnection(await this.#dialer.dial(leaving.signal));
      if (stream.failure === undefined) await splice(stream, connection);
    } catch (error) {
      if (stream.failure === undefined) this.#fail(stream, error);
    } finally {
      connection?.close();
    }
  }

  #fail(stream: TunnelStream, error: unknown): void {
    const problem = this.#problemOf(error);
    this.#problems.add(problem);
    stream.reset(problem.code);
  }

  #problemOf(error: unknown): AppProblem {
    if (error instanceof AppProblem) return error;
    const options = { cause: error };
    if (error instanceof TransportError) {
      return new AppProblem("app_broken", `${this.#dialer.label} broke the connection`, options);
    }
    // Ours: it costs this connection only.
    return new AppProblem("internal", `a connection failed: ${String(error)}`, options);
  }
}
