/**
 * Every event that the server logs, and how much it matters. The names are stable:
 * people search for them, and the metrics count them.
 *
 * @module
 */

/** How much an event matters. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** The levels, least first. */
export const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** The events, each with its level. */
export const LOG_EVENTS = {
  /** The server is up. */
  listening: "info",
  /** It has been asked to stop. */
  stopping: "info",
  /** It has stopped. */
  stopped: "info",
  /** A visitor's request has ended: the access log. */
  request: "info",
  /** A visitor has sent something that is no request: the access log too. */
  bad_request: "info",
  /** A visitor's connection to a TCP tunnel has ended. */
  connection: "info",
  /** Strangers' connections were turned away, so many since the last line. */
  connections_refused: "warn",
  /** A client has come in. */
  session_started: "info",
  /** Its connection is lost, and it is waited for. */
  session_paused: "info",
  /** It is back. */
  session_resumed: "info",
  /** It is gone. */
  session_closed: "info",
  /** A client was not let in. */
  client_refused: "info",
  /** A client in a session has shown a fresh token that does not do. */
  auth_refused: "info",
  /** The keys at a URL have been fetched. */
  keys_loaded: "info",
  /** They could not be; the last ones are used, if there are any. */
  keys_failed: "warn",
  /** One of them is not used. */
  key_ignored: "warn",
  /** A tunnel can be visited. */
  tunnel_up: "info",
  /** Its client has given it up. */
  tunnel_released: "info",
  /** It was taken from its client. */
  tunnel_withdrawn: "info",
  /** A client did not get the name or port that it asked for. */
  claim_refused: "info",
  /** An operator has set a name aside, or given it free. */
  lease_reserved: "info",
  /** See `lease_reserved`. */
  lease_released: "info",
  /** An operator has denied a token or a subject, or taken that back. */
  revoked: "info",
  /** See `revoked`. */
  revocation_lifted: "info",
  /** The admin side was asked for what it does not give to everybody, so often since the last line. */
  admin_refused: "warn",
  /** A setting was changed while the server runs. */
  reloaded: "info",
  /** A setting was changed that only a restart applies. */
  needs_restart: "warn",
  /** Settings were read anew, and all is well. */
  reload_done: "info",
  /** Settings were read anew and make no sense: the old ones stay. */
  reload_failed: "error",
  /** A lease could not be stored. */
  store_failed: "error",
  /** A public port could not be listened on. */
  bind_failed: "warn",
  /** The leases on the disk were not whole; what could be read is used. */
  journal_damaged: "error",
  /** The leases on the disk could not be written anew. */
  compaction_failed: "error",
  /** Whoever reads the log was too slow: so many lines are missing here. */
  log_dropped: "warn",
  /** A mistake of ours, which has cost a connection or a session. */
  fault: "error",
} as const;

/** The name of an event. */
export type LogEvent = keyof typeof LOG_EVENTS;
