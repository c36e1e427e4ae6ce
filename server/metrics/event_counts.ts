/**
 * Counts what is logged: an event is told once, and both the log and the metrics have it,
 * whatever the log's level.
 *
 * @module
 */

import { CLOSE_CODES, REFUSAL_CODES } from "@tun/protocol";
import { REFUSAL_REASONS } from "../auth/refusal.ts";
import type { LogEvent } from "../log/events.ts";
import type { Log, LogFields } from "../log/log.ts";
import { Counter, LabelledCounter } from "./counter.ts";
import type { Metric } from "./metric.ts";

/** Why claims are refused: by a registry, or by what a token allows. */
const CLAIM_REFUSALS = [
  "name_refused",
  "name_taken",
  "port_refused",
  "port_taken",
  "no_port_free",
  "displaced",
  "too_many_names",
  "registry_unavailable",
  "not_permitted",
  "access_refused",
];

/** How connections of TCP tunnels end. */
const CONNECTION_ENDS = [
  "ended",
  "tunnel_offline",
  "gone",
  "full",
  "cancelled",
  "app_unreachable",
  "visitor_refused",
  "rate_limited",
  "busy",
];

/** Counts events. */
export class EventCounts {
  readonly #started = new Counter({
    name: "tun_sessions_started_total",
    help: "Clients that came in.",
  });
  readonly #closed = new LabelledCounter(
    { name: "tun_sessions_ended_total", help: "Clients' sessions that are over, by why." },
    "code",
    [...Object.keys(CLOSE_CODES), "link_lost"],
  );
  readonly #paused = new Counter({
    name: "tun_session_pauses_total",
    help: "Connections of clients that were lost.",
  });
  readonly #resumed = new Counter({
    name: "tun_session_resumes_total",
    help: "Sessions that went on over another connection, with nothing lost.",
  });
  readonly #up = new LabelledCounter(
    {
      name: "tun_tunnels_claimed_total",
      help: "Tunnels that came up: started by somebody, or reconnected with a new session.",
    },
    "how",
    ["claim", "reclaim"],
  );
  readonly #clientsRefused = new LabelledCounter(
    { name: "tun_clients_refused_total", help: "Clients that were not let in, by why." },
    "code",
    REFUSAL_CODES,
  );
  readonly #claimsRefused = new LabelledCounter(
    { name: "tun_claims_refused_total", help: "Names and ports that were refused, by why." },
    "code",
    CLAIM_REFUSALS,
  );
  readonly #withdrawn = new LabelledCounter(
    { name: "tun_tunnels_withdrawn_total", help: "Tunnels that were taken away, by why." },
    "reason",
    ["orphan", "displaced", "removed", "not_permitted"],
  );
  readonly #connections = new LabelledCounter(
    { name: "tun_tcp_connections_total", help: "Connections of TCP tunnels, by how they ended." },
    "end",
    CONNECTION_ENDS,
  );
  readonly #turnedAway = new LabelledCounter(
    {
      name: "tun_connections_refused_total",
      help:
        "Connections of strangers that were turned away, by which limit; told in tens of seconds.",
    },
    "limit",
    ["connections", "connections_per_ip", "handshakes"],
  );
  readonly #tokensRefused = new LabelledCounter(
    {
      name: "tun_tokens_refused_total",
      help: "Tokens that did not do, by which check; of clients, and of sessions for renewal.",
    },
    "reason",
    REFUSAL_REASONS,
  );
  readonly #adminRefused = new LabelledCounter(
    {
      name: "tun_admin_refused_total",
      help: "Requests that the admin side turned away, by why; told in tens of seconds.",
    },
    "reason",
    ["origin_refused", "host_refused", "token_refused"],
  );
  readonly #keyFailures = new Counter({
    name: "tun_key_failures_total",
    help: "Times that keys at a URL could not be had.",
  });
  readonly #faults = new Counter({
    name: "tun_faults_total",
    help: "Mistakes of the server itself; each has a line in the log.",
  });
  readonly #storeFailures = new Counter({
    name: "tun_store_failures_total",
    help: "Times that leases could not be stored or read.",
  });

  /** All of them. */
  readonly all: readonly Metric[] = [
    this.#started,
    this.#closed,
    this.#paused,
    this.#resumed,
    this.#up,
    this.#clientsRefused,
    this.#claimsRefused,
    this.#withdrawn,
    this.#connections,
    this.#turnedAway,
    this.#tokensRefused,
    this.#adminRefused,
    this.#keyFailures,
    this.#faults,
    this.#storeFailures,
  ];

  readonly #count: { readonly [event in LogEvent]?: (fields: LogFields) => void } = {
    session_started: () => this.#started.add(),
    session_closed: ({ code }) => this.#closed.add(String(code)),
    session_paused: () => this.#paused.add(),
    session_resumed: () => this.#resumed.add(),
    tunnel_up: ({ how }) => this.#up.add(String(how)),
    client_refused: ({ code, reason }) => {
      this.#clientsRefused.add(String(code));
      this.#countToken(reason);
    },
    auth_refused: ({ reason }) => this.#countToken(reason),
    admin_refused: ({ reason, count }) => this.#adminRefused.add(String(reason), Number(count)),
    keys_failed: () => this.#keyFailures.add(),
    claim_refused: ({ code }) => this.#claimsRefused.add(String(code)),
    tunnel_withdrawn: ({ reason }) => this.#withdrawn.add(String(reason)),
    connection: ({ code }) => this.#connections.add(String(code)),
    connections_refused: ({ limit, count }) => this.#turnedAway.add(String(limit), Number(count)),
    fault: () => this.#faults.add(),
    store_failed: () => this.#storeFailures.add(),
    journal_damaged: () => this.#storeFailures.add(),
    compaction_failed: () => this.#storeFailures.add(),
  };

  /** Only refusals of tokens have a reason. */
  #countToken(reason: LogFields[string]): void {
    if (reason !== undefined && reason !== "") this.#tokensRefused.add(String(reason));
  }

  /** A log that counts what it passes on to `log`. */
  before(log: Log): Log {
    return {
      event: (name, fields = {}) => {
        this.#count[name]?.(fields);
        log.event(name, fields);
      },
    };
  }
}
