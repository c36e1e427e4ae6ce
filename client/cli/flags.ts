/**
 * Every flag of `tun`, a row each. Help, parsing and environment follow from the row.
 *
 * @module
 */

import type { Flag } from "./flag.ts";

const SHARE = ["http", "tcp", "start"] as const;
const EVERY = ["http", "tcp", "start", "login"] as const;
const PORT = { kind: "integer", min: 1, max: 65_535 } as const;

/** Most requests at once one tunnel may be allowed; a larger number is a typing error. */
const MAX_CONCURRENCY = 10_000;

/** The table. */
export const FLAGS: readonly Flag[] = [
  {
    name: "endpoint",
    aliases: ["server"],
    short: "e",
    env: "TUN_ENDPOINT",
    type: { kind: "text" },
    placeholder: "URL",
    fallback: "http://127.0.0.1:8080",
    group: "Server",
    help: "the tun server: https, http, wss, ws, tls or tcp; a bare host means https",
    commands: EVERY,
  },
  {
    name: "token",
    short: "t",
    env: "TUN_TOKEN",
    type: { kind: "text" },
    placeholder: "JWT",
    fallback: "what `tun login` kept",
    group: "Server",
    help: "the credential the server gave you",
    commands: EVERY,
  },
  {
    name: "ca",
    env: "TUN_CA",
    type: { kind: "text" },
    placeholder: "FILE",
    group: "Server",
    help: "trust the certificates in this PEM file for the server too",
    commands: EVERY,
  },
  {
    name: "allow-plaintext",
    type: { kind: "boolean" },
    group: "Server",
    help: "send the token even where the network can read it",
    commands: EVERY,
  },
  {
    name: "subdomain",
    aliases: ["name"],
    short: "s",
    env: "TUN_NAME",
    type: { kind: "text" },
    placeholder: "NAME",
    fallback: "random, the same for ever",
    group: "Tunnel",
    help: "the public name wanted",
    commands: ["http"],
  },
  {
    name: "port",
    short: "p",
    type: PORT,
    placeholder: "N",
    group: "Tunnel",
    help: "http: the local port; tcp: the public port wanted",
    commands: ["http", "tcp"],
  },
  {
    name: "host",
    type: { kind: "text" },
    placeholder: "HOST",
    fallback: "127.0.0.1",
    group: "Tunnel",
    help: "the local host, where no target is given",
    commands: ["http"],
  },
  {
    name: "concurrency",
    short: "c",
    type: { kind: "integer", min: 1, max: MAX_CONCURRENCY },
    placeholder: "N",
    fallback: "100",
    group: "Tunnel",
    help: "requests at once; more wait their turn",
    commands: SHARE,
  },
  {
    name: "connect-timeout",
    type: { kind: "seconds" },
    placeholder: "S",
    fallback: "10",
    group: "Tunnel",
    help: "seconds to reach the server or the local service",
    commands: SHARE,
  },
  {
    name: "request-timeout",
    type: { kind: "seconds" },
    placeholder: "S",
    fallback: "25",
    group: "Tunnel",
    help: "seconds of silence before the local service must begin to answer",
    commands: SHARE,
  },
  {
    name: "host-header",
    type: { kind: "text" },
    placeholder: "VALUE",
    fallback: "the visitor's",
    group: "Tunnel",
    help: "the Host the local service sees; `rewrite` sends the target's",
    commands: ["http"],
  },
  {
    name: "insecure",
    type: { kind: "boolean" },
    group: "Tunnel",
    help: "do not check the certificate of a local https:// target",
    commands: ["http", "start"],
  },
  {
    name: "config",
    type: { kind: "text" },
    placeholder: "FILE",
    fallback: "tun.toml here, else in the config directory",
    group: "Tunnel",
    help: "the file that names the tunnels of `tun start`",
    commands: ["start"],
  },
  {
    name: "verbose",
    short: "v",
    type: { kind: "boolean" },
    group: "Output",
    help: "one line for everything that happens",
    commands: EVERY,
  },
  {
    name: "json",
    type: { kind: "boolean" },
    group: "Output",
    help: "one JSON object a line on stdout, for programs",
    commands: SHARE,
  },
  {
    name: "help",
    short: "h",
    type: { kind: "boolean" },
    group: "Output",
    help: "this page; after a subcommand, its page",
    commands: EVERY,
  },
  {
    name: "version",
    short: "V",
    type: { kind: "boolean" },
    group: "Output",
    help: "print the version",
    commands: EVERY,
  },
  ...["inspect", "no-inspect", "path-routing"].map((name): Flag => ({
    name,
    type: { kind: "boolean" },
    group: "Output",
    help: "",
    commands: EVERY,
    reserved: true,
  })),
];
