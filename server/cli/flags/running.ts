/**
 * What the server keeps, how much it takes on, and what it says of itself.
 *
 * @module
 */

import type { Flag } from "../flag.ts";
import { KEYED, section } from "./section.ts";

/** The flags under this heading of the help. */
export const RUNNING_FLAGS: readonly Flag[] = section("Running", ["serve"], [
  {
    name: "state",
    env: "TUN_STATE",
    placeholder: "DIR",
    fallback: "./tun-data",
    help: "where keys and leases are kept",
    commands: KEYED,
    path: true,
  },
  {
    name: "config",
    env: "TUN_CONFIG",
    placeholder: "FILE",
    path: true,
    help: "a TOML file with any of these flags: `tcp_ports` for --tcp-ports",
    commands: KEYED,
  },
  {
    name: "check-config",
    type: { kind: "boolean" },
    help: "print what would be in force, with where each value is from, and exit",
  },
  {
    name: "max-body",
    env: "TUN_MAX_BODY",
    type: { kind: "bytes" },
    placeholder: "BYTES",
    fallback: "no limit",
    help: "the longest request body; 10MB and 5MiB are understood",
  },
  {
    name: "max-connections",
    env: "TUN_MAX_CONNECTIONS",
    type: { kind: "integer", min: 1, max: 1_000_000 },
    placeholder: "N",
    fallback: "10000",
    help: "visitors' connections in total; at the limit idle ones make room",
  },
  {
    name: "max-connections-per-ip",
    env: "TUN_MAX_CONNECTIONS_PER_IP",
    type: { kind: "integer", min: 1, max: 1_000_000 },
    placeholder: "N",
    fallback: "512",
    help: "of them, from one address; trusted proxies have no limit of their own",
  },
  {
    name: "visitor-rps",
    env: "TUN_VISITOR_RPS",
    type: { kind: "integer", min: 1, max: 1_000_000 },
    placeholder: "N",
    fallback: "no limit",
    help: "requests a second from one visitor's address; more get 429",
  },
  {
    name: "idle-timeout",
    env: "TUN_IDLE_TIMEOUT",
    type: { kind: "seconds" },
    placeholder: "S",
    fallback: "25",
    help: "seconds after which a visitor who stalls is cut",
  },
  {
    name: "drain-timeout",
    env: "TUN_DRAIN_TIMEOUT",
    type: { kind: "seconds" },
    placeholder: "S",
    fallback: "10",
    help: "seconds that requests have to finish when something stops",
  },
  {
    name: "log",
    env: "TUN_LOG",
    placeholder: "text|json",
    fallback: "text on a terminal, else json",
    help: "the form of the log",
  },
  {
    name: "log-level",
    env: "TUN_LOG_LEVEL",
    placeholder: "LEVEL",
    fallback: "info",
    help: "debug, info, warn or error: what matters less is left out",
  },
  {
    name: "access-log",
    env: "TUN_ACCESS_LOG",
    placeholder: "on|off",
    fallback: "on",
    help: "a line for every request",
  },
  {
    name: "log-query",
    env: "TUN_LOG_QUERY",
    type: { kind: "boolean" },
    help: "queries of addresses too, which often hold secrets",
  },
  {
    name: "verbose",
    short: "v",
    type: { kind: "boolean" },
    help: "the same as --log-level debug",
    commands: KEYED,
  },
]);
