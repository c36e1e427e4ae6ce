/**
 * A driver and a responder, and what they used while something was measured.
 *
 * @module
 */

import type { Limits } from "../../protocol/mod.ts";
import type { Elapsed, Ports } from "./driver.ts";
import { WorkerProcess } from "./worker_process.ts";
import type { Job } from "./work.ts";

/** How long a job took, and the processor time of each end. */
export interface Measured {
  readonly seconds: number;
  readonly driverCpu: number;
  readonly responderCpu: number;
}

/** What carries a job. */
export type Carrier = "plain" | "tunnel";

/** Two processes that are connected with each other. */
export class Pair implements AsyncDisposable {
  readonly driver: WorkerProcess = new WorkerProcess("driver");
  readonly responder: WorkerProcess = new WorkerProcess("responder");
  readonly #limits: Partial<Limits>;
  #ports!: Ports;

  private constructor(limits: Partial<Limits>) {
    this.#limits = limits;
  }

  /** Starts the processes. */
  static async start(limits: Partial<Limits> = {}): Promise<Pair> {
    const pair = new Pair(limits);
    pair.#ports = await pair.driver.ask("listen", { limits });
    return pair;
  }

  /** Makes bare connections. */
  async connectPlain(count: number, readBytes?: number): Promise<void> {
    await Promise.all([
      this.driver.ask("acceptPlain", { count, readBytes }),
      this.responder.ask("connectPlain", { port: this.#ports.plain, count, readBytes }),
    ]);
  }

  /** Makes sessions. */
  async connectTunnels(count: number): Promise<void> {
    const { tunnel: port } = this.#ports;
    await Promise.all([
      this.driver.ask("acceptTunnels", { count }),
      this.responder.ask("connectTunnels", { port, count, limits: this.#limits }),
    ]);
  }

  /** Does a job on each of `streams` streams at once. */
  async run(
    carrier: Carrier,
    job: Job,
    options: { readonly streams?: number; readonly session?: number } = {},
  ): Promise<Measured> {
    const op = carrier === "plain" ? "runPlain" : "runTunnel";
    const before = await Promise.all([this.driver.usage(), this.responder.usage()]);
    const { seconds } = await this.driver.ask<Elapsed>(op, { ...job, ...options });
    const after = await Promise.all([this.driver.usage(), this.responder.usage()]);
    return {
      seconds,
      driverCpu: after[0].cpu - before[0].cpu,
      responderCpu: after[1].cpu - before[1].cpu,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.driver[Symbol.asyncDispose](), this.responder[Symbol.asyncDispose]()]);
  }
}
