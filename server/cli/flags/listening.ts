/**
 * Where the server listens, and as whom.
 *
 * @module
 */

import type { Flag } from "../flag.ts";
import { section } from "./section.ts";

/** The flags under this heading of the help. */
export const LISTENING_FLAGS: readonly Flag[] = section("Listening", ["serve"], [
  {
    name: "http",
    env: "TUN_HTTP",
    placeholder: "ADDR",
    fallback: "0.0.0.0:8080",
    help: "where visitors come, and tunnels by upgrade",
  },
  {
    name: "tunnel",
    env: "TUN_TUNNEL",
    placeholder: "ADDR",
    fallback: "0.0.0.0:7000",
    help: "where tunnels come over TCP, or TLS when there is a certificate",
  },
  {
    name: "admin",
    env: "TUN_ADMIN",
    placeholder: "ADDR",
    fallback: "127.0.0.1:7001",
    help: "API, metrics and health",
  },
  {
    name: "tcp-ports",
    env: "TUN_TCP_PORTS",
    placeholder: "A-B",
    fallback: "20000-60000",
    help: "the public ports of TCP tunnels",
  },
  {
    name: "tls-cert",
    env: "TUN_TLS_CERT",
    placeholder: "FILE",
    help: "the certificate chain (PEM) for both listeners",
    path: true,
  },
  {
    name: "tls-key",
    env: "TUN_TLS_KEY",
    placeholder: "FILE",
    help: "its private key (PEM)",
    path: true,
  },
  {
    name: "trusted-proxies",
    env: "TUN_TRUSTED_PROXIES",
    placeholder: "CIDR,...",
    fallback: "loopback",
    repeat: true,
    help: "whose X-Forwarded-For is believed; `none` believes nobody",
  },
]);
