/**
 * All metrics of a server, in the order in which they are shown.
 *
 * @module
 */

import type { Clock } from "@tun/protocol";
import { EventCounts } from "./event_counts.ts";
import { HttpMetrics } from "./http_metrics.ts";
import type { Metric } from "./metric.ts";
import { ProcessMetrics } from "./process_metrics.ts";
import { reading } from "./reading.ts";
import { type LiveClient, SessionMetrics } from "./session_metrics.ts";
import { metricsText } from "./text_format.ts";

/** What is read of a server when somebody asks. */
export interface ServerView {
  /** Clients that are in. */
  readonly clients: () => Iterable<LiveClient>;
  /** Connections of visitors that are open. */
  readonly httpConnections: () => number;
  /** Connections to ports of TCP tunnels that are open. */
  readonly tcpConnections: () => number;
  /** Lines that are missing in the log. */
  readonly droppedLines: () => number;
}

/** The metrics; to be disposed. */
export class ServerMetrics implements Disposable {
  /** Counted with the log. */
  readonly events: EventCounts = new EventCounts();
  /** Counted with every request. */
  readonly http: HttpMetrics = new HttpMetrics();
  /** Read from sessions. */
  readonly sessions: SessionMetrics;
  readonly #process: ProcessMetrics;
  readonly #all: readonly Metric[];

  /** Starts with nothing counted. */
  constructor(view: ServerView, clock: Clock, wallTime: () => number) {
    this.sessions = new SessionMetrics(view.clients);
    this.#process = new ProcessMetrics(clock, wallTime());
    this.#all = [
      ...this.http.all,
      reading("gauge", {
        name: "tun_http_connections",
        help: "Connections of visitors that are open.",
      }, view.httpConnections),
      reading("gauge", {
        name: "tun_tcp_connections",
        help: "Connections to TCP tunnels that are open.",
      }, view.tcpConnections),
      ...this.sessions.all,
      ...this.events.all,
      reading("counter", {
        name: "tun_log_dropped_lines_total",
        help: "Lines of the log that are missing, because nobody read them in time.",
      }, view.droppedLines),
      ...this.#process.all,
    ];
  }

  /** All of them, as they are now. */
  read(): readonly Metric[] {
    this.sessions.refresh();
    return this.#all;
  }

  /** The same as Prometheus reads it. */
  text(): string {
    return metricsText(this.read());
  }

  /** Stops what runs by itself. */
  [Symbol.dispose](): void {
    this.#process[Symbol.dispose]();
  }
}
