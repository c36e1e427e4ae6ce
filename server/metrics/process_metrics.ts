/**
 * What the process uses, under the names that dashboards know, and whether it keeps up:
 * a timer that comes late has waited behind somebody's work.
 *
 * @module
 */

import type { Clock, Timer } from "@tun/protocol";
import process from "node:process";
import { VERSION } from "../version.ts";
import { Histogram } from "./histogram.ts";
import type { Metric } from "./metric.ts";
import { labelledReading, reading } from "./reading.ts";

/** How often it is looked whether a timer is late: often enough to see a stall, at no cost. */
const LOOK_MS = 500;

/** Reads what the process uses; to be disposed. */
export class ProcessMetrics implements Disposable {
  readonly #clock: Clock;
  readonly #lag = new Histogram({
    name: "tun_event_loop_lag_seconds",
    help: "How late timers are; two looks a second.",
  });
  #timer: Timer;

  /** Starts to look. */
  constructor(clock: Clock, startedAt: number) {
    this.#clock = clock;
    this.#timer = this.#look();
    this.all = [
      this.#lag,
      labelledReading(
        "gauge",
        { name: "tun_build_info", help: "Always 1; the label says which version runs." },
        "version",
        () => ({ [VERSION]: 1 }),
      ),
      reading("gauge", {
        name: "process_start_time_seconds",
        help: "When the server started, in seconds since 1970.",
      }, () => startedAt / 1000),
      reading("counter", {
        name: "process_cpu_seconds_total",
        help: "Time of processors used, in seconds.",
      }, cpuSeconds),
      reading("gauge", {
        name: "process_resident_memory_bytes",
        help: "Resident memory.",
      }, () => Deno.memoryUsage().rss),
      reading("gauge", {
        name: "tun_heap_used_bytes",
        help: "Memory of objects in use.",
      }, () => Deno.memoryUsage().heapUsed),
      reading("gauge", {
        name: "tun_external_memory_bytes",
        help: "Memory of buffers outside the heap.",
      }, () => Deno.memoryUsage().external),
    ];
  }

  /** All of them. */
  readonly all: readonly Metric[];

  /** Looks no more. */
  [Symbol.dispose](): void {
    this.#timer.cancel();
  }

  #look(): Timer {
    const due = this.#clock.now() + LOOK_MS;
    return this.#clock.schedule(LOOK_MS, () => {
      this.#lag.observe(Math.max(0, this.#clock.now() - due));
      this.#timer = this.#look();
    });
  }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
