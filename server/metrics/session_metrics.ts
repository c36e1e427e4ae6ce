/**
 * What clients' sessions come to: how many there are, and what went over their links.
 * Sessions keep their own figures; those of sessions that are over are added up here,
 * so that totals never fall.
 *
 * @module
 */

import type { Session, SessionStats } from "@tun/protocol";
import type { Metric } from "./metric.ts";
import { labelledReading, reading } from "./reading.ts";

/** A client that is in. */
export interface LiveClient {
  /** Its session. */
  readonly session: Pick<Session, "state" | "stats" | "transport">;
  /** Its tunnels. */
  readonly tunnels: Iterable<{ readonly kind: "http" | "tcp" }>;
}

/** Figures of all sessions at one moment. */
interface Totals {
  streams: number;
  heldBytes: number;
  sentBytes: number;
  receivedBytes: number;
  resentBytes: number;
  readonly states: Record<"connected" | "paused", number>;
  readonly transports: Record<"tcp" | "tls" | "upgrade" | "websocket", number>;
  readonly tunnels: Record<"http" | "tcp", number>;
}

/** Adds up what sessions say. */
export class SessionMetrics {
  readonly #clients: () => Iterable<LiveClient>;
  /** Of sessions that are over. */
  #ended = { sentBytes: 0, receivedBytes: 0, resentBytes: 0 };
  #now: Totals = nothing();

  /** `clients` gives those that are in. */
  constructor(clients: () => Iterable<LiveClient>) {
    this.#clients = clients;
  }

  /** All of them. {@linkcode refresh} comes before they are read. */
  readonly all: readonly Metric[] = [
    labelledReading(
      "gauge",
      { name: "tun_sessions", help: "Clients' sessions, by state." },
      "state",
      () => this.#now.states,
    ),
    labelledReading(
      "gauge",
      { name: "tun_session_transports", help: "Connected sessions, by what carries them." },
      "transport",
      () => this.#now.transports,
    ),
    labelledReading(
      "gauge",
      { name: "tun_tunnels", help: "Tunnels that are up, by kind." },
      "kind",
      () => this.#now.tunnels,
    ),
    reading("gauge", {
      name: "tun_streams",
      help: "Requests and connections under way in tunnels.",
    }, () => this.#now.streams),
    reading("gauge", {
      name: "tun_link_held_bytes",
      help: "Memory for what may have to be sent to clients again.",
    }, () => this.#now.heldBytes),
    reading("counter", {
      name: "tun_link_sent_bytes_total",
      help: "Payload sent to clients.",
    }, () => this.#now.sentBytes),
    reading("counter", {
      name: "tun_link_received_bytes_total",
      help: "Payload received from clients.",
    }, () => this.#now.receivedBytes),
    reading("counter", {
      name: "tun_link_resent_bytes_total",
      help: "Payload sent to clients again, because a connection had lost it.",
    }, () => this.#now.resentBytes),
  ];

  /** Keeps the totals of a session that is over; it is no longer among the clients. */
  retire(stats: SessionStats): void {
    addBytes(this.#ended, stats);
  }

  /** Looks at all sessions, once for all metrics. */
  refresh(): void {
    const now = nothing();
    addBytes(now, this.#ended);
    for (const { session, tunnels } of this.#clients()) {
      const { stats, state, transport } = session;
      if (state !== "closed") now.states[state]++;
      if (transport !== undefined && transport.kind in now.transports) {
        now.transports[transport.kind as keyof Totals["transports"]]++;
      }
      for (const { kind } of tunnels) now.tunnels[kind]++;
      now.streams += stats.streams;
      now.heldBytes += stats.heldBytes;
      addBytes(now, stats);
    }
    this.#now = now;
  }
}

type Bytes = Pick<SessionStats, "sentBytes" | "receivedBytes" | "resentBytes">;

function addBytes(
  to: { -readonly [name in keyof Bytes]: number },
  { sentBytes, receivedBytes, resentBytes }: Bytes,
): void {
  to.sentBytes += sentBytes;
  to.receivedBytes += receivedBytes;
  to.resentBytes += resentBytes;
}

function nothing(): Totals {
  return {
    streams: 0,
    heldBytes: 0,
    sentBytes: 0,
    receivedBytes: 0,
    resentBytes: 0,
    states: { connected: 0, paused: 0 },
    transports: { tcp: 0, tls: 0, upgrade: 0, websocket: 0 },
    tunnels: { http: 0, tcp: 0 },
  };
}
